package io.bitstack.registry.stack;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.blob.ByteRange;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** Sends neighbouring small blobs of a stack in one answer: nodes far away would otherwise wait for each. */
@RestController
class ContentController {
    private static final int MOST_BLOBS = 20_000;
    /** Larger blobs are fetched by their digests, from the store itself where that can be reached. */
    private static final long LARGEST_BLOB_BYTES = 4L << 20;
    /** Blobs that are read ahead of the one that is being sent. */
    private static final int AHEAD = 8;

    private final ContentRows rows;
    private final BlobStore blobs;

    ContentController(ContentRows rows, BlobStore blobs) {
        this.rows = rows;
        this.blobs = blobs;
    }

    /**
     * The bytes of a stack's blocks, or of its base, one after the other as the manifest lists them. A range counts within these.
     *
     * @param part {@code blocks}, by their places in the stack order, or {@code base}: files, tensors, inputs, headers
     * @param to the first place that is not sent
     */
    @GetMapping("/api/v1/stacks/{digest}/content")
    ResponseEntity<StreamingResponseBody> content(
            @PathVariable Digest digest,
            @RequestParam String part,
            @RequestParam @Min(0) int from,
            @RequestParam @Min(1) int to,
            @RequestHeader(name = HttpHeaders.RANGE, required = false) @Nullable String range) {
        if (!part.equals("blocks") && !part.equals("base")) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "part is 'blocks' or 'base'");
        }
        if (to <= from || to - from > MOST_BLOBS) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID, "to lies 1 to %d places after from".formatted(MOST_BLOBS));
        }
        List<Descriptor> wanted = part.equals("blocks") ? rows.blocks(digest, from, to) : rows.base(digest, from, to);
        if (wanted.size() != to - from) {
            throw new ApiException(ErrorCode.RANGE_INVALID, "the stack has no %s %d to %d".formatted(part, from, to));
        }
        if (wanted.stream().anyMatch(blob -> blob.sizeBytes() > LARGEST_BLOB_BYTES)) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "a blob of more than %d bytes is fetched by its digest".formatted(LARGEST_BLOB_BYTES));
        }
        ByteRange bytes = ByteRange.parse(
                range, wanted.stream().mapToLong(Descriptor::sizeBytes).sum());
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(
                        bytes.isWhole() ? HttpStatus.OK : HttpStatus.PARTIAL_CONTENT)
                .header(HttpHeaders.ACCEPT_RANGES, "bytes")
                .header(HttpHeaders.CACHE_CONTROL, "private, max-age=31536000, immutable")
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .contentLength(bytes.lengthBytes());
        if (!bytes.isWhole()) {
            answer.header(HttpHeaders.CONTENT_RANGE, bytes.contentRange());
        }
        return answer.body(out -> write(wanted, bytes, out));
    }

    private record Piece(Descriptor blob, long fromByte, long lengthBytes) {}

    private static List<Piece> pieces(List<Descriptor> wanted, ByteRange bytes) {
        List<Piece> pieces = new ArrayList<>();
        long offset = 0;
        for (Descriptor blob : wanted) {
            long begin = Math.max(bytes.fromByte(), offset);
            long end = Math.min(bytes.fromByte() + bytes.lengthBytes(), offset + blob.sizeBytes());
            if (begin < end) {
                pieces.add(new Piece(blob, begin - offset, end - begin));
            }
            offset += blob.sizeBytes();
        }
        return pieces;
    }

    private void write(List<Descriptor> wanted, ByteRange bytes, OutputStream out) throws IOException {
        Deque<Future<byte[]>> ahead = new ArrayDeque<>();
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            Iterator<Piece> pieces = pieces(wanted, bytes).iterator();
            try {
                while (pieces.hasNext() || !ahead.isEmpty()) {
                    while (pieces.hasNext() && ahead.size() < AHEAD) {
                        Piece piece = pieces.next();
                        ahead.add(readers.submit(() -> read(piece)));
                    }
                    out.write(ahead.removeFirst().get());
                }
            } catch (ExecutionException e) {
                throw new IOException("a blob could not be read", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while sending", e);
            } finally {
                readers.shutdownNow();
            }
        }
    }

    private byte[] read(Piece piece) throws IOException {
        try (InputStream in = blobs.open(piece.blob().digest(), piece.fromByte(), piece.lengthBytes())) {
            return in.readAllBytes();
        }
    }
}
