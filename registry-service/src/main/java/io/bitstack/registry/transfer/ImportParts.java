package io.bitstack.registry.transfer;

import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Keeps what has arrived of a blob that is larger than a piece: each part in the blob store, so that any registry can go on, and put
 * together when the last one is here.
 */
@Component
class ImportParts {
    /** Blobs up to this size are sent whole: less is lost by sending them again than by keeping parts of them. */
    static final long LARGEST_WHOLE_BYTES = 4L << 20;
    /** Smaller parts are not kept unless they are the last: what a client could make a registry write down is bounded so. */
    static final int SMALLEST_PART_BYTES = 1 << 20;

    private final JdbcClient jdbc;
    private final BlobStore blobs;

    ImportParts(JdbcClient jdbc, BlobStore blobs) {
        this.jdbc = jdbc;
        this.blobs = blobs;
    }

    private record Part(long offsetBytes, Descriptor content) {
        long endBytes() {
            return offsetBytes + content.sizeBytes();
        }
    }

    /** How many bytes from the blob's beginning are here. */
    long receivedBytes(Descriptor blob) {
        List<Part> parts = blob.sizeBytes() > LARGEST_WHOLE_BYTES ? parts(blob.digest()) : List.of();
        return parts.isEmpty() ? 0 : parts.getLast().endBytes();
    }

    /** Those that follow each other from the beginning on. */
    private List<Part> parts(Digest blob) {
        List<Part> neighbours = new ArrayList<>();
        long end = 0;
        for (Part part : jdbc.sql("select offset_bytes, part_digest, size_bytes from registry.import_parts where"
                        + " digest = ? order by offset_bytes")
                .param(blob.toString())
                .query((row, _) ->
                        new Part(row.getLong(1), new Descriptor(Digest.parse(row.getString(2)), row.getLong(3))))
                .list()) {
            if (part.offsetBytes() == end) {
                neighbours.add(part);
                end = part.endBytes();
            }
        }
        return neighbours;
    }

    /**
     * Keeps a part of a large blob; of two who send the same one wins, and both are told where to go on.
     *
     * @throws ApiException {@code STACK_FILE_INVALID} for a blob that could never be put together
     */
    void keep(Descriptor blob, long offsetBytes, byte[] content) throws IOException {
        if (blob.sizeBytes() > Integer.MAX_VALUE) {
            throw new ApiException(
                    ErrorCode.STACK_FILE_INVALID,
                    "blob %s has %d bytes; one of more than 2 GiB cannot be imported"
                            .formatted(blob.digest(), blob.sizeBytes()));
        }
        if (blob.sizeBytes() <= LARGEST_WHOLE_BYTES || content.length < SMALLEST_PART_BYTES) {
            return;
        }
        Descriptor part = blobs.put(ByteBuffer.wrap(content));
        jdbc.sql("insert into registry.import_parts (digest, offset_bytes, size_bytes, part_digest) values (?, ?, ?, ?)"
                        + " on conflict (digest, offset_bytes) do nothing")
                .params(
                        blob.digest().toString(),
                        offsetBytes,
                        part.sizeBytes(),
                        part.digest().toString())
                .update();
    }

    /**
     * Puts a blob together of its parts and the last of them, which is {@code end}.
     *
     * @return what the whole is; where it is not the blob its parts are forgotten and nothing is stored
     * @throws ApiException {@code IMPORT_OFFSET_INVALID} if parts were collected meanwhile, or somebody else has finished the blob
     */
    Digest finish(Descriptor blob, byte[] end) throws IOException {
        Path whole = Files.createTempFile("import", ".blob");
        try {
            Digest actual = write(blob, end, whole);
            if (actual.equals(blob.digest())) {
                try (FileChannel content = FileChannel.open(whole, StandardOpenOption.READ)) {
                    blobs.put(content.map(FileChannel.MapMode.READ_ONLY, 0, content.size()));
                }
            }
            forget(blob.digest());
            return actual;
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    private Digest write(Descriptor blob, byte[] end, Path file) throws IOException {
        MessageDigest hash = Digest.newMessageDigest();
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), hash)) {
            long missingBytes = blob.sizeBytes() - end.length;
            for (Part part : parts(blob.digest())) {
                missingBytes -= part.content().sizeBytes();
                try (InputStream in =
                        blobs.open(part.content().digest(), 0, part.content().sizeBytes())) {
                    in.transferTo(out);
                }
            }
            if (missingBytes != 0) {
                throw gone(blob);
            }
            out.write(end);
        } catch (BlobNotFoundException e) {
            forget(blob.digest());
            throw gone(blob);
        }
        return Digest.ofHash(hash.digest());
    }

    private static ApiException gone(Descriptor blob) {
        return new ApiException(
                ErrorCode.IMPORT_OFFSET_INVALID,
                "parts of blob %s are not here any more; send the file's head again to learn where to go on"
                        .formatted(blob.digest()));
    }

    private void forget(Digest blob) {
        jdbc.sql("delete from registry.import_parts where digest = ?")
                .param(blob.toString())
                .update();
    }

    @Scheduled(fixedDelay = 3_600_000)
    void forgetOld() {
        jdbc.sql("delete from registry.import_parts where created_at < clock_timestamp() - interval '7 days'")
                .update();
    }
}
