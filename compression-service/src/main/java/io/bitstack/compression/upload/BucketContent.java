package io.bitstack.compression.upload;

import io.bitstack.core.stack.S3Objects;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Uploads as objects {@code uploads/<id>/<file>/<piece>} of the bucket that has the blobs: an object appears whole or not at all, and one that no row names is
 * never read. Jobs read what they need of them.
 */
final class BucketContent implements UploadContent {
    private final S3Objects objects;
    private final UploadRepository uploads;
    private final Duration urlValidity;

    BucketContent(S3Objects objects, UploadRepository uploads, Duration urlValidity) {
        this.objects = objects;
        this.uploads = uploads;
        this.urlValidity = urlValidity;
    }

    private static String prefix(UUID upload) {
        return "uploads/" + upload + "/";
    }

    private static String key(UUID upload, String name, UUID piece) {
        return prefix(upload) + name + "/" + piece;
    }

    @Override
    public boolean append(UUID upload, UploadFile file, byte[] piece, Commit commit) throws IOException {
        String key = key(upload, file.name(), UUID.randomUUID());
        if (!commit.isCurrent()) {
            return false;
        }
        objects.put(key, piece);
        return commit.commit(key);
    }

    /** Pieces that are named no more are deleted with the upload. */
    @Override
    public void reset(UUID upload, String name, Change change) {
        change.make();
    }

    @Override
    public void finish(Upload upload) {
        // Rows name every piece; the job that reads them sees whether each is there.
    }

    @Override
    public InputStream open(UUID upload, UploadFile file, long fromBytes, long lengthBytes) {
        return new PieceStream(uploads.pieces(upload, file.name()), fromBytes, fromBytes + lengthBytes);
    }

    @Override
    public boolean isDirect() {
        return true;
    }

    @Override
    public Optional<Path> directory(UUID upload) {
        return Optional.empty();
    }

    @Override
    public long roomBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public void delete(UUID upload) throws IOException {
        objects.deleteBelow(prefix(upload));
    }

    @Override
    public Optional<URI> urlFor(UUID upload, String name, UUID piece) throws IOException {
        return Optional.of(objects.urlToPut(key(upload, name, piece), urlValidity));
    }

    @Override
    public boolean adopt(UUID upload, String name, UUID piece, long sizeBytes, Commit commit) throws IOException {
        String key = key(upload, name, piece);
        OptionalLong held = objects.sizeBytes(key);
        return held.isPresent() && held.getAsLong() == sizeBytes && commit.commit(key);
    }

    /** The pieces of a file one after the other, each opened when it is reached. */
    private final class PieceStream extends InputStream {
        private final Iterable<UploadRepository.Piece> pieces;
        private final long end;
        private long at;
        private long opened = -1;
        private @Nullable InputStream current;

        PieceStream(Iterable<UploadRepository.Piece> pieces, long from, long end) {
            this.pieces = pieces;
            this.at = from;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            int count = read(one, 0, 1);
            return count < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (true) {
                InputStream open = current == null ? next() : current;
                if (open == null) {
                    return -1;
                }
                current = open;
                int count = open.read(buffer, offset, length);
                if (count > 0) {
                    at += count;
                    return count;
                }
                if (opened == at) {
                    throw new IOException("a piece ended before its end, at byte %d of the file".formatted(at));
                }
                close();
            }
        }

        private @Nullable InputStream next() throws IOException {
            for (UploadRepository.Piece piece : pieces) {
                long within = at - piece.offsetBytes();
                if (at < end && within >= 0 && within < piece.sizeBytes()) {
                    opened = at;
                    return objects.open(piece.object(), within, Math.min(piece.sizeBytes() - within, end - at));
                }
            }
            return null;
        }

        @Override
        public void close() throws IOException {
            if (current != null) {
                current.close();
                current = null;
            }
        }
    }
}
