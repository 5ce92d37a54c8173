-- The sizes of a stack's blocks in stack order, once more and in one row: what a plan needs, read at once instead of block by block.

create table stack_sizes (
    stack_id bigint primary key references stacks on delete cascade,
    block_sizes bigint[] not null
);
insert into stack_sizes (stack_id, block_sizes)
    select stack_id, array_agg(size_bytes order by position) from residual_blocks group by stack_id;

create trigger stack_sizes_never_change before update on stack_sizes for each row execute function refuse_change();

create function require_same_sizes() returns trigger language plpgsql as $$
begin
    if (select s.block_sizes from registry.stack_sizes s where s.stack_id = new.id) is distinct from
            (select array_agg(b.size_bytes order by b.position) from registry.residual_blocks b where b.stack_id = new.id) then
        raise exception 'stack % has other sizes than its blocks', new.digest using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger stacks_have_sizes after insert on stacks
    deferrable initially deferred for each row execute function require_same_sizes();
