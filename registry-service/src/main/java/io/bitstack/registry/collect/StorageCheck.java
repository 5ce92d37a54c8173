package io.bitstack.registry.collect;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Compares the blob store with what is named: that it is there, or that it is what its digest says. */
@Service
class StorageCheck {
    private final JdbcClient jdbc;
    private final BlobStore blobs;
    private final Stacks stacks;

    StorageCheck(JdbcClient jdbc, BlobStore blobs, Stacks stacks) {
        this.jdbc = jdbc;
        this.blobs = blobs;
        this.stacks = stacks;
    }

    /** What the database knows of. */
    record Totals(
            long models,
            long versions,
            long stacks,
            long blobs,
            long blobBytes,
            long condemnedBlobs,
            long condemnedBytes) {}

    /**
     * A blob that is not as it is named.
     *
     * @param fault {@code missing}, {@code size} or {@code corrupt}
     * @param versions which cannot be served whole without it, as {@code model/number}; at most ten
     */
    record Bad(Digest digest, long sizeBytes, String fault, List<String> versions) {}

    /** @param next what to send as {@code after}; left out when all were looked at */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Found(
            int checkedBlobs,
            long checkedBytes,
            List<Bad> bad,
            @Nullable String next) {}

    /**
     * Who names a blob.
     *
     * @param stacks how many stacks do
     * @param references how often they do, all together; a collection takes a blob only at 0
     * @param condemnedAt since when nothing names it, as a collection saw it
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record References(
            Digest digest,
            long sizeBytes,
            int stacks,
            long references,
            @Nullable Instant condemnedAt) {}

    private interface Look {
        @Nullable
        String fault(Descriptor blob) throws IOException;
    }

    Totals totals() {
        return jdbc.sql("select (select count(*) from registry.models where condemned_at is null),"
                        + " (select count(*) from registry.versions where condemned_at is null),"
                        + " (select count(*) from registry.stacks), count(*), coalesce(sum(size_bytes), 0),"
                        + " count(condemned_at), coalesce(sum(size_bytes) filter (where condemned_at is not null), 0)"
                        + " from registry.blobs")
                .query((row, _) -> new Totals(
                        row.getLong(1),
                        row.getLong(2),
                        row.getLong(3),
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getLong(7)))
                .single();
    }

    /** @throws ApiException {@code BLOB_NOT_FOUND} where the registry does not know the blob */
    References references(Digest digest) {
        return jdbc.sql("select b.size_bytes, (select count(distinct n.stack_id) from registry.blob_names n where"
                        + " n.digest = b.digest), (select coalesce(sum(n.reference_count), 0) from registry.blob_references n"
                        + " where n.digest = b.digest), b.condemned_at from registry.blobs b where b.digest = ?")
                .param(digest.toString())
                .query((row, _) -> new References(
                        digest,
                        row.getLong(1),
                        row.getInt(2),
                        row.getLong(3),
                        row.getTimestamp(4) == null ? null : row.getTimestamp(4).toInstant()))
                .optional()
                .orElseThrow(() -> new ApiException(
                        ErrorCode.BLOB_NOT_FOUND, "the registry knows of no blob %s".formatted(digest)));
    }

    Found present(String after, int limit) {
        List<Descriptor> page = jdbc.sql("select digest, size_bytes from registry.blobs"
                        + " where digest > ? and condemned_at is null order by digest limit ?")
                .params(after, limit + 1)
                .query((row, _) -> new Descriptor(Digest.parse(row.getString(1)), row.getLong(2)))
                .list();
        return look(page, limit, this::presence);
    }

    /** @throws ApiException {@code STACK_NOT_FOUND}, {@code STORAGE_FAILED} */
    Found verified(Digest stack, String after, int limit) {
        byte[] manifest = stacks.manifest(stack);
        List<Descriptor> page = Stream.concat(
                        Stream.of(new Descriptor(stack, manifest.length)),
                        Stacks.blobsOf(ManifestJson.read(manifest)).stream())
                .filter(blob -> blob.digest().toString().compareTo(after) > 0)
                .sorted(Comparator.comparing(Descriptor::digest))
                .limit(limit + 1L)
                .toList();
        return look(page, limit, this::content);
    }

    private Found look(List<Descriptor> page, int limit, Look look) {
        List<Descriptor> some = page.subList(0, Math.min(limit, page.size()));
        List<Bad> bad = new ArrayList<>();
        try {
            for (Descriptor blob : some) {
                String fault = look.fault(blob);
                if (fault != null) {
                    bad.add(new Bad(blob.digest(), blob.sizeBytes(), fault, versions(blob.digest())));
                }
            }
        } catch (IOException e) {
            throw new ApiException(ErrorCode.STORAGE_FAILED, "the blob store could not be read: " + e.getMessage(), e);
        }
        return new Found(
                some.size(),
                some.stream().mapToLong(Descriptor::sizeBytes).sum(),
                bad,
                page.size() > limit ? some.getLast().digest().toString() : null);
    }

    private List<String> versions(Digest blob) {
        return jdbc.sql("select m.name || '/' || v.number from registry.versions v join registry.models m on"
                        + " m.id = v.model_id where v.stack_id in (select n.stack_id from registry.blob_names n where n.digest = ?)"
                        + " order by m.name, v.number limit 10")
                .param(blob.toString())
                .query((row, _) -> row.getString(1))
                .list();
    }

    private @Nullable String presence(Descriptor blob) throws IOException {
        OptionalLong size = blobs.sizeBytes(blob.digest());
        if (size.isEmpty()) {
            return "missing";
        }
        return size.getAsLong() == blob.sizeBytes() ? null : "size";
    }

    private @Nullable String content(Descriptor blob) throws IOException {
        String fault = presence(blob);
        if (fault != null) {
            return fault;
        }
        MessageDigest hash = Digest.newMessageDigest();
        try (InputStream in = new DigestInputStream(blobs.open(blob.digest(), 0, blob.sizeBytes()), hash)) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return Digest.ofHash(hash.digest()).equals(blob.digest()) ? null : "corrupt";
    }
}
