-- Collection of blobs that nothing names: condemned first, taken after the grace period, under the row's lock.

alter table blobs add column condemned_at timestamptz;
create index blobs_condemned on blobs (condemned_at) where condemned_at is not null;

-- Whose bytes were taken: a publisher who checked before that checks again.
create table collected_blobs (
    digest varchar(71) primary key,
    collected_at timestamptz not null default clock_timestamp()
);

-- How often each blob is named, derived and never kept, so that it cannot be wrong.
create view blob_references as
    select digest, count(*) as reference_count from (
        select digest from stacks
        union all select digest from base_blobs
        union all select header_digest from weight_matrices
        union all select digest from residual_blocks
    ) named group by digest;
