-- Rules that were kept by the service alone, now by the schema too.

-- Which stacks name a blob: the one place that says so. References are counted from it, never kept, so they cannot be wrong.
create view blob_names as
    select id as stack_id, digest from stacks
    union all select stack_id, digest from base_blobs
    union all select stack_id, header_digest from weight_matrices
    union all select stack_id, digest from residual_blocks;
create or replace view blob_references as
    select digest, count(*) as reference_count from blob_names group by digest;

-- A stack is whole when its transaction ends: all its blocks, each after its predecessor, with the sizes of their blobs, adding up.
-- Other tables are asked row by row, by key, on purpose: there are no statistics yet of rows that were just written, and a join planned
-- without them can take minutes.
create function require_whole_stack() returns trigger language plpgsql as $$
declare
    wrong text;
begin
    select case
        when count(*) <> new.block_count or min(b.position) <> 0 or max(b.position) <> new.block_count - 1
            then 'has not the blocks that it says'
        when new.base_bytes + sum(b.size_bytes) <> new.total_bytes then 'has sizes that do not add up'
        when bool_or(b.level <> case when b.earlier is null
                then (select m.start_level from registry.weight_matrices m
                      where m.stack_id = new.id and m.position = b.matrix)
                else b.earlier + 1 end)
            then 'has a level before its predecessor'
        when bool_or(b.later is null and b.level <>
                (select m.level_count from registry.weight_matrices m
                 where m.stack_id = new.id and m.position = b.matrix))
            then 'lacks the last levels of a matrix'
        when bool_or(b.position < new.minimal_blocks and b.earlier is not null)
            then 'has a minimal prefix with more than first blocks'
        when bool_or(b.size_bytes <> (select k.size_bytes from registry.blobs k where k.digest = b.digest))
            then 'gives a blob another size than it has'
        when new.minimal_blocks <> (select count(*) from registry.weight_matrices w where w.stack_id = new.id)
            then 'has a minimal prefix without a block of each matrix'
        end
    into wrong
    from (select r.*, lag(r.level) over matrix as earlier, lead(r.level) over matrix as later
          from registry.residual_blocks r where r.stack_id = new.id
          window matrix as (partition by r.matrix order by r.position)) b;
    if wrong is not null then
        raise exception 'stack % %', new.digest, wrong using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger stacks_are_whole after insert on stacks
    deferrable initially deferred for each row execute function require_whole_stack();

-- A stack never changes; it is removed whole.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed (%)', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end
$$;
create trigger stacks_never_change before update on stacks for each row execute function refuse_change();
create trigger base_blobs_never_change before update on base_blobs for each row execute function refuse_change();
create trigger weight_matrices_never_change before update on weight_matrices
    for each row execute function refuse_change();
create trigger residual_blocks_never_change before update on residual_blocks
    for each row execute function refuse_change();

-- The history of aliases is append-only. A rule passed such statements over in silence; now they fail.
drop rule alias_history_is_append_only on alias_history;
drop rule alias_history_is_kept on alias_history;
create trigger alias_history_is_append_only before update or delete or truncate on alias_history
    for each statement execute function refuse_change();

-- An alias points at a version of its own model.
alter table versions add constraint versions_of_a_model unique (model_id, id);
alter table aliases add constraint aliases_stay_within_their_model
    foreign key (model_id, version_id) references versions (model_id, id);
alter table aliases add constraint aliases_name check (name ~ '^[a-z0-9][a-z0-9._-]*$');

-- Lineage has no circles, whoever writes it. The lock is the service's: two writers could make a circle that neither sees.
create function refuse_circle() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(30515220352952165);
    if exists (with recursive up (id) as (
            select new.parent_id
            union select p.parent_id from registry.version_parents p join up u on p.version_id = u.id)
        select 1 from up where id = new.version_id) then
        raise exception 'version % would be made from itself', new.version_id using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger version_parents_have_no_circles before insert or update on version_parents
    for each row execute function refuse_circle();

-- At most a hundred tags each, with keys that hold no control characters.
create function require_few_tags() returns trigger language plpgsql as $$
begin
    if exists (select 1 from (select distinct owner from (
                select (to_jsonb(a) ->> tg_argv[0])::bigint as owner from added a) o) changed
            where (case when tg_argv[0] = 'model_id'
                    then (select count(*) from registry.model_tags t where t.model_id = changed.owner)
                    else (select count(*) from registry.version_tags t where t.version_id = changed.owner) end) > 100) then
        raise exception 'more than 100 tags in %', tg_table_name using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create trigger model_tags_are_few after insert on model_tags referencing new table as added
    for each statement execute function require_few_tags('model_id');
create trigger version_tags_are_few after insert on version_tags referencing new table as added
    for each statement execute function require_few_tags('version_id');
alter table model_tags add constraint model_tags_key_text check (key !~ '[[:cntrl:]]');
alter table version_tags add constraint version_tags_key_text check (key !~ '[[:cntrl:]]');

alter table stacks add constraint stacks_digests check (
    coalesce(source_digest, calibration_digest, evaluation_digest) is null
    or (coalesce(source_digest, digest) ~ '^sha256:[0-9a-f]{64}$'
        and coalesce(calibration_digest, digest) ~ '^sha256:[0-9a-f]{64}$'
        and coalesce(evaluation_digest, digest) ~ '^sha256:[0-9a-f]{64}$'));
