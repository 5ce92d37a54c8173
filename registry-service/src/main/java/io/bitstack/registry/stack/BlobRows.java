package io.bitstack.registry.stack;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.StackManifest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Rows of blobs and blocks, written many at once: a stack has tens of thousands. */
@Component
class BlobRows {
    private final JdbcClient jdbc;

    BlobRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Registers blobs and locks their rows until the transaction ends, so that no collection takes one of them; those that were
     * condemned are pardoned.
     *
     * @return those whose bytes a collection may have taken already; the caller looks for them in the store
     */
    @Transactional(propagation = Propagation.MANDATORY)
    List<Descriptor> hold(List<Descriptor> blobs) {
        Map<String, Descriptor> all = new TreeMap<>(); // sorted, so that two publishers never wait in a circle
        blobs.forEach(blob -> all.put(blob.digest().toString(), blob));
        String[] digests = all.keySet().toArray(String[]::new);
        Long[] sizesBytes = all.values().stream().map(Descriptor::sizeBytes).toArray(Long[]::new);
        jdbc.sql(
                        "insert into registry.blobs (digest, size_bytes) select d, s from unnest(cast(:digests as"
                                + " varchar[]), cast(:sizes as bigint[])) as named (d, s) order by d collate \"C\" on conflict (digest) do nothing")
                .param("digests", digests)
                .param("sizes", sizesBytes)
                .update();
        Set<String> doubtful = new HashSet<>(
                jdbc.sql("select digest from registry.blobs where digest = any(cast(:digests as varchar[])) and"
                                + " condemned_at is not null order by digest collate \"C\" for update")
                        .param("digests", digests)
                        .query((row, _) -> row.getString(1))
                        .list());
        jdbc.sql("select count(*) from (select 1 from registry.blobs where digest = any(cast(:digests as varchar[]))"
                        + " order by digest collate \"C\" for key share) held")
                .param("digests", digests)
                .query(Integer.class)
                .single();
        doubtful.addAll(jdbc.sql(
                        "delete from registry.collected_blobs where digest in (select digest from registry.collected_blobs"
                                + " where digest = any(cast(:digests as varchar[])) order by digest collate \"C\" for update)"
                                + " returning digest")
                .param("digests", digests)
                .query((row, _) -> row.getString(1))
                .list());
        if (!doubtful.isEmpty()) {
            jdbc.sql("update registry.blobs set condemned_at = null where digest = any(cast(:digests as varchar[]))")
                    .param("digests", doubtful.toArray(String[]::new))
                    .update();
        }
        return doubtful.stream().map(digest -> all.get(digest)).toList();
    }

    /** Keeps a stack that is here from being collected until the transaction ends. False if there is none. */
    @Transactional(propagation = Propagation.MANDATORY)
    boolean holdStack(String digest) {
        return jdbc.sql("select id from registry.stacks where digest = ? for key share")
                .param(digest)
                .query((row, _) -> row.getLong(1))
                .optional()
                .isPresent();
    }

    /** Written out and not by the view, so that each table is asked by its index of digests. */
    boolean isNamed(long stackId, String digest) {
        return jdbc.sql(
                        "select exists (select 1 from registry.residual_blocks where digest = :digest and stack_id = :stack)"
                                + " or exists (select 1 from registry.weight_matrices where header_digest = :digest and stack_id = :stack)"
                                + " or exists (select 1 from registry.base_blobs where digest = :digest and stack_id = :stack)")
                .param("digest", digest)
                .param("stack", stackId)
                .query(Boolean.class)
                .single();
    }

    @Transactional(propagation = Propagation.MANDATORY)
    void addBlocks(long stackId, List<StackManifest.Block> blocks) {
        int count = blocks.size();
        Integer[] matrices = new Integer[count];
        Integer[] levels = new Integer[count];
        String[] digests = new String[count];
        Long[] sizesBytes = new Long[count];
        Double[] gains = new Double[count];
        for (int i = 0; i < count; i++) {
            StackManifest.Block block = blocks.get(i);
            matrices[i] = block.matrix();
            levels[i] = block.level();
            digests[i] = block.digest().toString();
            sizesBytes[i] = block.sizeBytes();
            gains[i] = block.gain();
        }
        jdbc.sql("insert into registry.residual_blocks (stack_id, position, matrix, level, digest, size_bytes, gain)"
                        + " select :stack, b.place - 1, b.matrix, b.level, b.digest, b.size_bytes, b.gain"
                        + " from unnest(cast(:matrices as int[]), cast(:levels as int[]), cast(:digests as varchar[]),"
                        + " cast(:sizes as bigint[]), cast(:gains as float8[]))"
                        + " with ordinality as b (matrix, level, digest, size_bytes, gain, place)")
                .param("stack", stackId)
                .param("matrices", matrices)
                .param("levels", levels)
                .param("digests", digests)
                .param("sizes", sizesBytes)
                .param("gains", gains)
                .update();
        jdbc.sql("insert into registry.stack_sizes (stack_id, block_sizes) values (:stack, cast(:sizes as bigint[]))")
                .param("stack", stackId)
                .param("sizes", sizesBytes)
                .update();
    }
}
