-- Keys that expire, are told apart by a prefix and say when they were used; sessions of browsers.

alter table api_keys
    -- what a list shows of a key, so that its owner finds it; no secret
    add column prefix varchar(20) not null default '',
    add column expires_at timestamptz,
    add column last_used_at timestamptz,
    add column created_by varchar(200) not null default 'unknown',
    -- the key that took its place
    add column replaced_by varchar(32) references api_keys;

create table sessions (
    id varchar(32) primary key,
    -- SHA-256 of the cookie's value
    hash varchar(64) not null unique,
    -- the key that opened it and with which it ends; none when a provider did
    key_id varchar(32) references api_keys,
    subject varchar(255) not null,
    name varchar(200) not null,
    scope varchar(20) not null check (scope in ('admin', 'publisher', 'viewer', 'node', 'infer')),
    created_at timestamptz not null default clock_timestamp(),
    last_seen_at timestamptz not null default clock_timestamp(),
    idle_seconds integer not null check (idle_seconds > 0),
    expires_at timestamptz not null,
    ended_at timestamptz,
    address varchar(64) not null,
    user_agent varchar(300) not null
);

create index sessions_by_subject on sessions (subject, id);
create index sessions_by_end on sessions (expires_at);
