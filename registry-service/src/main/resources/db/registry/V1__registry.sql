-- Models, versions, stacks and their residual blocks in order, aliases, nodes, deployments, keys, audit.
-- A digest is the written form sha256:<hex>; names are bounded here as well as in the service.

create sequence ids increment by 50;

create table models (
    id bigint primary key,
    name varchar(63) not null unique check (name ~ '^[a-z0-9][a-z0-9._-]*$'),
    description varchar(2000) not null,
    created_at timestamptz not null default clock_timestamp()
);

create table blobs (
    digest varchar(71) primary key check (digest ~ '^sha256:[0-9a-f]{64}$'),
    size_bytes bigint not null check (size_bytes >= 0),
    created_at timestamptz not null default clock_timestamp()
);

create table stacks (
    id bigint primary key,
    digest varchar(71) not null unique references blobs,
    architecture varchar(200) not null,
    codec varchar(50) not null,
    weights bigint not null check (weights > 0),
    minimal_blocks integer not null check (minimal_blocks > 0),
    block_count integer not null check (block_count >= minimal_blocks),
    base_bytes bigint not null check (base_bytes >= 0),
    minimal_bytes bigint not null check (minimal_bytes >= base_bytes),
    total_bytes bigint not null check (total_bytes >= minimal_bytes),
    full_perplexity double precision,
    best_perplexity double precision,
    created_at timestamptz not null default clock_timestamp()
);

-- What every prefix of a stack needs: its files, tensors and inputs; the headers are named by their matrices.
create table base_blobs (
    stack_id bigint not null references stacks,
    position integer not null check (position >= 0),
    digest varchar(71) not null references blobs,
    primary key (stack_id, position)
);
create index base_blobs_digest on base_blobs (digest);

create table weight_matrices (
    stack_id bigint not null references stacks,
    position integer not null check (position >= 0),
    name varchar(500) not null,
    row_count integer not null check (row_count > 0),
    column_count integer not null check (column_count > 0),
    start_level integer not null check (start_level > 0),
    level_count integer not null check (level_count >= start_level),
    header_digest varchar(71) not null references blobs,
    primary key (stack_id, position),
    unique (stack_id, name)
);
create index weight_matrices_digest on weight_matrices (header_digest);

create table residual_blocks (
    stack_id bigint not null,
    -- the block's place in the stack order
    position integer not null check (position >= 0),
    matrix integer not null,
    level integer not null check (level > 0),
    digest varchar(71) not null references blobs,
    size_bytes bigint not null check (size_bytes > 0),
    gain double precision not null,
    primary key (stack_id, position),
    unique (stack_id, matrix, level),
    foreign key (stack_id, matrix) references weight_matrices (stack_id, position)
);
create index residual_blocks_digest on residual_blocks (digest);

create table versions (
    id bigint primary key,
    model_id bigint not null references models,
    number integer not null check (number > 0),
    stack_id bigint not null references stacks,
    created_by varchar(200) not null,
    created_at timestamptz not null default clock_timestamp(),
    unique (model_id, number),
    unique (model_id, stack_id)
);

create table aliases (
    id bigint primary key,
    model_id bigint not null references models,
    name varchar(63) not null,
    version_id bigint not null references versions,
    updated_at timestamptz not null default clock_timestamp(),
    unique (model_id, name)
);

-- Append-only: where each alias pointed, and since when.
create table alias_history (
    id bigint primary key,
    model_id bigint not null references models,
    name varchar(63) not null,
    version_number integer not null,
    changed_by varchar(200) not null,
    changed_at timestamptz not null default clock_timestamp()
);
create rule alias_history_is_append_only as on update to alias_history do instead nothing;
create rule alias_history_is_kept as on delete to alias_history do instead nothing;

create table nodes (
    name varchar(63) primary key check (name ~ '^[a-z0-9][a-z0-9._-]*$'),
    url varchar(500) not null,
    access_token varchar(200) not null,
    reported_state varchar(20) not null,
    report text not null,
    desired_budget_bytes bigint check (desired_budget_bytes > 0),
    first_seen_at timestamptz not null default clock_timestamp(),
    last_seen_at timestamptz not null
);

create table deployments (
    id bigint primary key,
    model_id bigint not null references models,
    alias varchar(63),
    version_id bigint references versions,
    context_tokens integer not null check (context_tokens > 0),
    all_nodes boolean not null,
    created_by varchar(200) not null,
    created_at timestamptz not null default clock_timestamp(),
    check ((alias is null) <> (version_id is null))
);

create table deployment_nodes (
    deployment_id bigint not null references deployments on delete cascade,
    node_name varchar(63) not null,
    primary key (deployment_id, node_name)
);

create table api_keys (
    id varchar(32) primary key,
    name varchar(63) not null,
    scope varchar(20) not null check (scope in ('admin', 'publisher', 'viewer', 'node', 'infer')),
    -- SHA-256 of the key; the key itself is shown once and kept nowhere
    hash varchar(64) not null unique,
    created_at timestamptz not null default clock_timestamp(),
    revoked_at timestamptz
);

create table audit_events (
    id bigint primary key,
    at timestamptz not null default clock_timestamp(),
    principal varchar(200) not null,
    action varchar(50) not null,
    subject varchar(300) not null
);
