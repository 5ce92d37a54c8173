-- Compression jobs. Every write of a worker names the token it claimed the job with; a later claim raises the token, so
-- that a worker that was taken for dead can no longer change anything.
create table compression.jobs (
    id uuid primary key,
    sequence bigint generated always as identity unique,
    model text not null,
    request text not null,
    state text not null check (state in ('queued', 'validating', 'calibrating', 'encoding', 'ordering', 'evaluating',
        'publishing', 'done', 'failed', 'cancelled')),
    token bigint not null default 0,
    failures int not null default 0,
    cancel_requested boolean not null default false,
    step text,
    matrices_done int not null default 0,
    matrices_total int not null default 0,
    bytes_written bigint not null default 0,
    eta_seconds bigint,
    current_matrix text,
    error_code text,
    error_detail text,
    version int,
    stack_digest text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    check ((error_code is null) = (state <> 'failed')),
    check ((stack_digest is null) = (state <> 'done'))
);

create index jobs_unfinished on compression.jobs (state) where state not in ('done', 'failed', 'cancelled');

-- The table of db-scheduler, as its documentation asks for it.
create table compression.scheduled_tasks (
    task_name text not null,
    task_instance text not null,
    task_data bytea,
    execution_time timestamp with time zone,
    picked boolean not null,
    picked_by text,
    last_success timestamp with time zone,
    last_failure timestamp with time zone,
    consecutive_failures int,
    last_heartbeat timestamp with time zone,
    version bigint not null,
    priority smallint,
    primary key (task_name, task_instance)
);

create index scheduled_tasks_execution_time on compression.scheduled_tasks (execution_time);
create index scheduled_tasks_last_heartbeat on compression.scheduled_tasks (last_heartbeat);
create index scheduled_tasks_priority on compression.scheduled_tasks (priority desc, execution_time asc);
