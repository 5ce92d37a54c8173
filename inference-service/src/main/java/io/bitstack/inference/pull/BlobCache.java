package io.bitstack.inference.pull;

import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Pulled blobs as files {@code <directory>/ab/cdef…}. A file is written beside its place, verified as it streams by, forced to
 * disk and renamed; a finished file is never written again. What an interruption leaves behind is taken up where it ended.
 */
final class BlobCache {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path directory;

    BlobCache(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory.toAbsolutePath());
    }

    /** Whether a finished file of the right length is there. */
    boolean holds(Descriptor blob) {
        try {
            return Files.size(file(blob.digest())) == blob.sizeBytes();
        } catch (IOException e) {
            return false;
        }
    }

    Path file(Digest digest) {
        String hex = digest.hex();
        return directory.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    /** Throws away a file that turned out not to hold what its name says. */
    void discard(Digest digest) throws IOException {
        Files.deleteIfExists(file(digest));
    }

    /** Bytes that can still be written to the cache's disk. */
    long usableBytes() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    /**
     * Makes the cache hold a blob; does nothing if it does. One thread a digest.
     *
     * @throws BlobCorruptException if other bytes came; nothing of them is kept
     * @throws IOException if the source or the disk failed; what came so far is kept for the next try
     */
    void receive(Descriptor blob, BlobFetcher fetcher) throws IOException {
        if (holds(blob)) {
            return;
        }
        Path file = file(blob.digest());
        Path folder = file.getParent();
        Files.createDirectories(folder);
        Path part = file.resolveSibling(file.getFileName() + ".part");
        MessageDigest hash = Digest.newMessageDigest();
        try (FileChannel channel =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() >= blob.sizeBytes()) {
                channel.truncate(0);
            }
            hashWhatIsThere(channel, hash);
            if (channel.position() < blob.sizeBytes()) {
                try (InputStream in = fetcher.open(blob, channel.position())) {
                    append(in, channel, hash, blob);
                }
            }
            channel.force(true);
        }
        Digest actual = Digest.ofHash(hash.digest());
        if (!actual.equals(blob.digest())) {
            Files.delete(part);
            throw new BlobCorruptException(blob.digest(), actual, blob.sizeBytes());
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
            entry.force(true);
        }
    }

    private static void hashWhatIsThere(FileChannel channel, MessageDigest hash) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(buffer) > 0) {
            hash.update(buffer.flip());
            buffer.clear();
        }
    }

    private static void append(InputStream in, FileChannel channel, MessageDigest hash, Descriptor blob)
            throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        while (channel.position() < blob.sizeBytes()) {
            int wanted = (int) Math.min(buffer.length, blob.sizeBytes() - channel.position());
            int read = in.read(buffer, 0, wanted);
            if (read < 0) {
                throw new EOFException("blob %s ended after %d of %d bytes"
                        .formatted(blob.digest(), channel.position(), blob.sizeBytes()));
            }
            hash.update(buffer, 0, read);
            ByteBuffer rest = ByteBuffer.wrap(buffer, 0, read);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }
    }
}
