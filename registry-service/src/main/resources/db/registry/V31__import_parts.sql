-- Blobs that are larger than a piece of an import arrive in parts. Each part is a blob of its own until the last one is here; nothing names
-- parts, so what is left of an import that was given up is collected.

create table import_parts (
    -- of the blob that is arriving; it is not here yet
    digest varchar(71) not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
    offset_bytes bigint not null check (offset_bytes >= 0),
    size_bytes bigint not null check (size_bytes > 0),
    part_digest varchar(71) not null check (part_digest ~ '^sha256:[0-9a-f]{64}$'),
    created_at timestamptz not null default clock_timestamp(),
    primary key (digest, offset_bytes)
);
