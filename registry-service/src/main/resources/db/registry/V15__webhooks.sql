-- Webhooks and their deliveries. Secrets are sealed under the services' internal token.

create table webhooks (
    id bigint primary key,
    url varchar(2000) not null,
    event_types varchar(1000) not null,
    secret bytea not null,
    is_enabled boolean not null default true,
    created_by varchar(200) not null,
    created_at timestamptz not null default clock_timestamp()
);

create table webhook_deliveries (
    id bigint primary key,
    webhook_id bigint not null references webhooks on delete cascade,
    event_id bigint not null references events,
    state varchar(10) not null check (state in ('pending', 'delivered', 'failed')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default clock_timestamp(),
    -- raised with each claim: only the last claimant may say how it went
    token bigint not null default 0,
    response_status integer,
    error varchar(500),
    created_at timestamptz not null default clock_timestamp(),
    delivered_at timestamptz
);
create index webhook_deliveries_due on webhook_deliveries (next_attempt_at) where state = 'pending';
create index webhook_deliveries_of on webhook_deliveries (webhook_id, id);
