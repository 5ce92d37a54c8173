-- States of versions, tags, lineage, deletion in two phases, and what plans are made of.

alter table models add column updated_at timestamptz not null default clock_timestamp();
-- Deleted in two phases: condemned first, which frees the name, and purged by a collection after the grace period.
alter table models add column condemned_at timestamptz;
alter table models add column purged_at timestamptz check (purged_at is null or condemned_at is not null);
alter table models drop constraint models_name_key;
create unique index models_name on models (name) where condemned_at is null;

alter table stacks add column resident_base_bytes bigint check (resident_base_bytes >= 0);
alter table stacks add column shape text;
alter table stacks add column curve text;
alter table stacks add column source_digest varchar(71);
alter table stacks add column calibration_digest varchar(71);
alter table stacks add column evaluation_digest varchar(71);
alter table stacks add column tool varchar(500);
alter table stacks add column parameters text;

-- A draft may be without a stack: another client registered where its files are. A purged version keeps its number.
alter table versions alter column stack_id drop not null;
alter table versions add column state varchar(20) not null default 'ready'
    check (state in ('draft', 'ready', 'archived', 'condemned'));
alter table versions add column condemned_at timestamptz;
alter table versions add column purged_at timestamptz check (purged_at is null or state = 'condemned');
alter table versions add column description varchar(5000) not null default '';
alter table versions add column source varchar(2000);
alter table versions add column run_id varchar(200);
alter table versions add column run_link varchar(2000);
alter table versions add column stage varchar(20) not null default 'None'
    check (stage in ('None', 'Staging', 'Production', 'Archived'));
alter table versions add column job varchar(100);
alter table versions add column updated_at timestamptz not null default clock_timestamp();
alter table versions add constraint versions_ready_have_a_stack check (state <> 'ready' or stack_id is not null);
alter table versions add constraint versions_condemned_at check ((state = 'condemned') = (condemned_at is not null));
alter table versions drop constraint versions_model_id_stack_id_key;
create unique index versions_one_of_a_stack on versions (model_id, stack_id) where state <> 'condemned';
create index versions_stack on versions (stack_id);
create index aliases_version on aliases (version_id);
create index deployments_model on deployments (model_id);

alter table aliases add column revision bigint not null default 0;

create table model_tags (
    model_id bigint not null references models on delete cascade,
    key varchar(250) not null check (key <> ''),
    value varchar(5000) not null,
    primary key (model_id, key)
);
create index model_tags_key on model_tags (key);

create table version_tags (
    version_id bigint not null references versions on delete cascade,
    key varchar(250) not null check (key <> ''),
    value varchar(5000) not null,
    primary key (version_id, key)
);
create index version_tags_key on version_tags (key);

-- Which versions a version was made from; never a circle.
create table version_parents (
    version_id bigint not null references versions,
    parent_id bigint not null references versions,
    primary key (version_id, parent_id),
    check (version_id <> parent_id)
);
create index version_parents_parent on version_parents (parent_id);

-- What a node says that it holds: a stack is not collected while a node serves it.
alter table nodes add column stack_digest varchar(71);
-- When it was told that the node is lost; told again only if it was heard of since.
alter table nodes add column lost_told_at timestamptz;
