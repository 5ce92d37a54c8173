package io.bitstack.registry.collect;

import io.bitstack.core.stack.BlobInventory;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The steps of a collection. Each is one transaction; what it takes is locked and looked at once more before it goes. */
@Component
class GarbageRows {
    private static final int BATCH = 200;
    private static final String OVER = " < clock_timestamp() - make_interval(secs => :grace)";
    /** A node that was heard of lately may still be pulling or serving what it reports. */
    private static final String ON_A_NODE = "exists (select 1 from registry.nodes n where n.stack_digest = s.digest"
            + " and n.last_seen_at > clock_timestamp() - interval '10 minutes')";

    /** Written out, since "not (a or b)" would keep PostgreSQL from joining: of millions of blobs each would be looked up alone. */
    private static final String NOT_NAMED =
            "not exists (select 1 from registry.residual_blocks r where r.digest = b.digest)"
                    + " and not exists (select 1 from registry.weight_matrices w where w.header_digest = b.digest)"
                    + " and not exists (select 1 from registry.base_blobs f where f.digest = b.digest)"
                    + " and not exists (select 1 from registry.stacks s where s.digest = b.digest)";

    private static final String VERSIONS_OVER = " from registry.versions v join registry.models m on m.id = v.model_id"
            + " left join registry.stacks s on s.id = v.stack_id where v.purged_at is null"
            + " and (v.condemned_at" + OVER + " or m.condemned_at" + OVER + ") and (s.id is null or not " + ON_A_NODE
            + ")";
    private static final String STACKS_OVER = " from registry.stacks s where not exists"
            + " (select 1 from registry.versions v where v.stack_id = s.id) and not " + ON_A_NODE;
    private static final String UNNAMED =
            " from registry.blobs b where b.condemned_at is null and b.created_at" + OVER + " and " + NOT_NAMED;
    private static final String CONDEMNED = " from registry.blobs b where b.condemned_at" + OVER;

    private final JdbcClient jdbc;

    GarbageRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Transactional(readOnly = true)
    CollectionReport foresee(long graceSeconds) {
        Tally unnamed = tally("select count(*), coalesce(sum(b.size_bytes), 0)" + UNNAMED, graceSeconds);
        Tally taken = tally(
                "select count(*), coalesce(sum(b.size_bytes), 0)" + CONDEMNED + " and " + NOT_NAMED, graceSeconds);
        int versions = tally("select count(*), 0" + VERSIONS_OVER, graceSeconds).blobs();
        int stacks =
                jdbc.sql("select count(*)" + STACKS_OVER).query(Integer.class).single();
        return new CollectionReport(
                true, graceSeconds, versions, stacks, unnamed.blobs(), unnamed.bytes(), taken.blobs(), taken.bytes());
    }

    private Tally tally(String sql, long graceSeconds) {
        return jdbc.sql(sql)
                .param("grace", (double) graceSeconds)
                .query(Tally::of)
                .single();
    }

    /**
     * The second phase of deletion: versions keep their number and nothing else. Whoever changes a version holds its model's row, so
     * that is locked too; what somebody else holds is left to the next collection.
     */
    @Transactional
    int purgeVersions(long graceSeconds) {
        Long[] ids = jdbc.sql("select v.id" + VERSIONS_OVER + " order by m.id, v.id for update of m, v skip locked")
                .param("grace", (double) graceSeconds)
                .query((row, _) -> row.getLong(1))
                .list()
                .toArray(Long[]::new);
        for (String change : List.of(
                "delete from registry.aliases",
                "delete from registry.version_tags",
                "update registry.versions set state = 'condemned', purged_at = clock_timestamp(), stack_id = null,"
                        + " condemned_at = coalesce(condemned_at, clock_timestamp())")) {
            String key = change.startsWith("delete") ? "version_id" : "id";
            jdbc.sql(change + " where " + key + " = any(cast(:ids as bigint[]))")
                    .param("ids", ids)
                    .update();
        }
        jdbc.sql("update registry.models m set purged_at = clock_timestamp() where m.purged_at is null and"
                        + " m.condemned_at"
                        + OVER
                        + " and not exists (select 1 from registry.versions v where v.model_id = m.id and"
                        + " v.purged_at is null)")
                .param("grace", (double) graceSeconds)
                .update();
        return ids.length;
    }

    /** Removes one stack that no version names; false when there is none left. */
    @Transactional
    boolean removeStack() {
        List<Long> ids = jdbc.sql("select s.id" + STACKS_OVER + " order by s.id limit 1 for update skip locked")
                .query((row, _) -> row.getLong(1))
                .list();
        if (ids.isEmpty() || isNamed(ids.getFirst())) {
            return false;
        }
        for (String table : List.of("residual_blocks", "weight_matrices", "base_blobs")) {
            jdbc.sql("delete from registry.%s where stack_id = ?".formatted(table))
                    .param(ids.getFirst())
                    .update();
        }
        jdbc.sql("delete from registry.stacks where id = ?")
                .param(ids.getFirst())
                .update();
        return true;
    }

    /** Asked once more when the row is locked: a version may have named the stack in between. */
    private boolean isNamed(long stackId) {
        return jdbc.sql("select exists (select 1 from registry.versions where stack_id = ?)")
                .param(stackId)
                .query(Boolean.class)
                .single();
    }

    /** Marks blobs that nothing names. */
    @Transactional
    Tally condemn(long graceSeconds) {
        return jdbc.sql("with marked as (update registry.blobs set condemned_at = clock_timestamp() where digest in"
                        + " (select b.digest" + UNNAMED + " for update skip locked) returning size_bytes)"
                        + " select count(*), coalesce(sum(size_bytes), 0) from marked")
                .param("grace", (double) graceSeconds)
                .query(Tally::of)
                .single();
    }

    /**
     * Marks blobs of the store that were never published, some at a time; those that are known are passed over, and looked for first, since
     * an insertion would wait for a publication that holds one of them. Written in the order of their digests, as a publication writes: two
     * that wait for each other in different orders would wait for ever.
     */
    @Transactional
    Tally condemnStrangers(List<BlobInventory.Stored> stored) {
        return jdbc.sql("with marked as (insert into registry.blobs (digest, size_bytes, condemned_at) select d, s,"
                        + " clock_timestamp() from unnest(cast(:digests as varchar[]), cast(:sizes as bigint[])) as found (d, s)"
                        + " where not exists (select 1 from registry.blobs b where b.digest = d)"
                        + " order by d collate \"C\" on conflict (digest) do nothing returning size_bytes) select count(*), coalesce(sum(size_bytes), 0)"
                        + " from marked")
                .param(
                        "digests",
                        stored.stream().map(blob -> blob.digest().toString()).toArray(String[]::new))
                .param(
                        "sizes",
                        stored.stream().map(BlobInventory.Stored::sizeBytes).toArray(Long[]::new))
                .query(Tally::of)
                .single();
    }

    private record Doomed(String digest, long sizeBytes, boolean isNamed) {}

    /**
     * Takes some blobs that were condemned for the grace period. Their rows are locked while their bytes go, so a publisher waits and
     * then finds them gone. One that is named after all is pardoned, and so is one that somebody stored again within the grace
     * period: a job that runs now, and will name it.
     *
     * @return what was taken; null when nothing was left to look at
     */
    @Transactional
    @Nullable
    Tally take(long graceSeconds, BlobInventory store) {
        List<String> locked = jdbc.sql(
                        "select b.digest" + CONDEMNED + " order by b.digest limit " + BATCH + " for update skip locked")
                .param("grace", (double) graceSeconds)
                .query((row, _) -> row.getString(1))
                .list();
        if (locked.isEmpty()) {
            return null;
        }
        // A new statement sees what was committed before the lock was had.
        List<Doomed> doomed = jdbc.sql("select b.digest, b.size_bytes, not (" + NOT_NAMED
                        + ") from registry.blobs b where b.digest in (:locked) order by b.digest collate \"C\"")
                .param("locked", locked)
                .query((row, _) -> new Doomed(row.getString(1), row.getLong(2), row.getBoolean(3)))
                .list();
        Instant before = Instant.now().minusSeconds(graceSeconds);
        Tally taken = Tally.NONE;
        for (Doomed blob : doomed) {
            if (blob.isNamed() || isStoredAfter(before, blob, store)) {
                jdbc.sql("update registry.blobs set condemned_at = null where digest = ?")
                        .param(blob.digest())
                        .update();
            } else {
                remove(blob, store);
                taken = taken.plus(new Tally(1, blob.sizeBytes()));
            }
        }
        return taken;
    }

    private static boolean isStoredAfter(Instant before, Doomed blob, BlobInventory store) {
        try {
            return store.find(Digest.parse(blob.digest()))
                    .filter(stored -> stored.storedAt().isAfter(before))
                    .isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void remove(Doomed blob, BlobInventory store) {
        jdbc.sql("delete from registry.blobs where digest = ?")
                .param(blob.digest())
                .update();
        jdbc.sql("insert into registry.collected_blobs (digest) values (?)"
                        + " on conflict (digest) do update set collected_at = clock_timestamp()")
                .param(blob.digest())
                .update();
        try {
            store.delete(Digest.parse(blob.digest()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** No publication lasts as long as these are kept. Those that one holds are left, since it would be waited for in no order. */
    @Transactional
    void forgetCollected() {
        jdbc.sql("delete from registry.collected_blobs where digest in (select digest from registry.collected_blobs"
                        + " where collected_at < clock_timestamp() - interval '7 days' for update skip locked)")
                .update();
    }
}
