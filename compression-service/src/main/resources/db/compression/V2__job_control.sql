-- Whose a job is, what goes first, whether it rests, and until when its worker holds it by this database's clock.
alter table compression.jobs
    add column owner text not null default '',
    add column priority smallint not null default 0 check (priority between -100 and 100),
    add column paused boolean not null default false,
    add column lease_until timestamptz,
    add column current_error double precision;

create index jobs_unfinished_by_owner on compression.jobs (owner) where state not in ('done', 'failed', 'cancelled');

-- What happened to a job, for people to read; bounded by the service.
create table compression.job_log (
    job_id uuid not null references compression.jobs (id) on delete cascade,
    sequence bigint generated always as identity,
    written_at timestamptz not null default now(),
    message text not null,
    primary key (job_id, sequence)
);

-- Inputs and matrices that were encoded already, by a digest of everything that they depend on; their blobs are in the blob store.
create table compression.encoded_parts (
    key text primary key,
    content text not null,
    used_at timestamptz not null default now()
);

create index encoded_parts_used_at on compression.encoded_parts (used_at);
