-- What scrubs of nodes, checks of stacks and checks of the store have found; the last ones of each.

create sequence scrub_ids;

create table scrub_results (
    id bigint primary key,
    kind varchar(10) not null check (kind in ('node', 'stack', 'store')),
    -- a node's name, a stack's digest; empty for the store
    subject varchar(71) not null check ((subject = '') = (kind = 'store')),
    started_at timestamptz not null,
    -- null while it is under way; a client that asked for no further page leaves it so
    ended_at timestamptz check (ended_at >= started_at),
    checked_blobs bigint not null check (checked_blobs >= 0),
    checked_bytes bigint not null check (checked_bytes >= 0),
    bad_blobs bigint not null check (bad_blobs between 0 and checked_blobs),
    -- of them, those that were fetched again
    repaired_blobs bigint not null default 0 check (repaired_blobs between 0 and bad_blobs),
    -- the first of the bad ones, as an array of objects
    bad jsonb not null default '[]',
    -- after which blob it goes on
    next varchar(71) check (next is null or ended_at is null),
    started_by varchar(200) not null
);
create index scrub_results_of on scrub_results (kind, subject, id);
create index scrub_results_started on scrub_results (started_at, id);
-- A node says the same twice a second until its next scrub is done.
create unique index scrub_results_of_nodes on scrub_results (subject, started_at) where kind = 'node';
