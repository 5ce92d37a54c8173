-- What was answered to requests with an Idempotency-Key; kept for a day. Status 0 is a request that is being answered.

create table idempotency_keys (
    principal varchar(200) not null,
    key varchar(200) not null,
    request_hash varchar(64) not null,
    status integer not null,
    location varchar(500),
    content_type varchar(100),
    body bytea,
    created_at timestamptz not null default clock_timestamp(),
    primary key (principal, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);
