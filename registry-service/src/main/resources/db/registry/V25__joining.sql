-- Nodes join with a token and get a key of their own; what operators say of a node is apart from what it reports.

create table join_tokens (
    id varchar(32) primary key,
    name varchar(63) not null,
    -- SHA-256 of the token; the token itself is shown once and kept nowhere
    hash varchar(64) not null unique,
    is_reusable boolean not null,
    -- a JSON object: labels that each node gets that joins with it
    labels text not null,
    expires_at timestamptz not null,
    uses integer not null default 0 check (uses >= 0),
    last_used_at timestamptz,
    created_by varchar(200) not null,
    created_at timestamptz not null default clock_timestamp(),
    revoked_at timestamptz
);

alter table nodes
    -- the key that the node got when it joined
    add column key_id varchar(32),
    -- a JSON object: labels that were given to the node, before those that it reports
    add column labels text not null default '{}',
    add column desired_budget_share double precision check (desired_budget_share > 0 and desired_budget_share <= 1),
    add constraint nodes_one_budget check (desired_budget_bytes is null or desired_budget_share is null);
