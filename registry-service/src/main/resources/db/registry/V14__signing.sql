-- Ed25519 keys and the signatures of manifests. Private keys are sealed under the services' internal token.

create table signing_keys (
    id varchar(16) primary key,
    public_key varchar(200) not null,
    private_key bytea not null,
    state varchar(10) not null check (state in ('active', 'retired', 'revoked')),
    created_at timestamptz not null default clock_timestamp()
);
create unique index signing_keys_one_is_active on signing_keys (state) where state = 'active';

create table stack_signatures (
    stack_id bigint not null references stacks on delete cascade,
    key_id varchar(16) not null references signing_keys,
    signature varchar(200) not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (stack_id, key_id)
);
