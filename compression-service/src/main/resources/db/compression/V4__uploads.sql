-- Models that clients send, file by file and piece by piece. What counts as received is what is written here; bytes that no row names are not looked at.
create table compression.uploads (
    id uuid primary key,
    sequence bigint generated always as identity unique,
    owner text not null,
    state text not null check (state in ('open', 'complete', 'discarded')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

create index uploads_expiry on compression.uploads (expires_at);

create table compression.upload_files (
    upload_id uuid not null references compression.uploads (id) on delete cascade,
    number int not null,
    name text not null,
    size_bytes bigint not null check (size_bytes >= 0),
    offset_bytes bigint not null default 0 check (offset_bytes between 0 and size_bytes),
    pieces int not null default 0,
    primary key (upload_id, name)
);

-- Where the store keeps pieces as objects of their own.
create table compression.upload_pieces (
    upload_id uuid not null,
    name text not null,
    offset_bytes bigint not null,
    size_bytes bigint not null,
    object text not null,
    primary key (upload_id, name, offset_bytes),
    foreign key (upload_id, name) references compression.upload_files (upload_id, name) on delete cascade
);

-- The job whose request was sent again, if one was.
alter table compression.jobs add column retry_of uuid;
