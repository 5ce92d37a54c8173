-- The tasks of jobs, which any number of workers take. A claim raises the task's token and lasts until its lease runs out by this database's
-- clock; a result is written under the token of its claim alone. Results of another basis are those of other weights or parameters.
create table compression.tasks (
    job_id uuid not null references compression.jobs (id) on delete cascade,
    kind text not null check (kind in ('calibrate', 'encode', 'order', 'evaluate')),
    number int not null,
    rank int not null,
    place text not null,
    weights bigint not null,
    content text not null,
    basis text not null,
    offered boolean not null default true,
    token bigint not null default 0,
    worker text,
    lease_until timestamptz,
    result text,
    primary key (job_id, kind, number)
);

-- Workers that help with a job which another one leads, for as long as they show signs of life.
create table compression.helpers (
    job_id uuid not null references compression.jobs (id) on delete cascade,
    worker text not null,
    lease_until timestamptz not null,
    primary key (job_id, worker)
);
