package io.bitstack.registry.stack;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The blobs of a stack by their places. */
@Component
class ContentRows {
    private static final String BASE = "with base as (select position as place, digest from registry.base_blobs"
            + " where stack_id = :stack union all select (select count(*) from registry.base_blobs where stack_id = :stack)"
            + " + position, header_digest from registry.weight_matrices where stack_id = :stack)"
            + " select b.digest, s.size_bytes from base b join registry.blobs s on s.digest = b.digest"
            + " where b.place >= :from and b.place < :to order by b.place";

    private final Stacks stacks;
    private final JdbcClient jdbc;

    ContentRows(Stacks stacks, JdbcClient jdbc) {
        this.stacks = stacks;
        this.jdbc = jdbc;
    }

    @Transactional(readOnly = true)
    List<Descriptor> blocks(Digest stack, int from, int to) {
        return list(
                "select digest, size_bytes from registry.residual_blocks where stack_id = :stack and position >= :from"
                        + " and position < :to order by position",
                stack,
                from,
                to);
    }

    @Transactional(readOnly = true)
    List<Descriptor> base(Digest stack, int from, int to) {
        return list(BASE, stack, from, to);
    }

    private List<Descriptor> list(String sql, Digest stack, int from, int to) {
        return jdbc.sql(sql)
                .param("stack", stacks.require(stack).id())
                .param("from", from)
                .param("to", to)
                .query((row, _) -> new Descriptor(Digest.parse(row.getString(1)), row.getLong(2)))
                .list();
    }
}
