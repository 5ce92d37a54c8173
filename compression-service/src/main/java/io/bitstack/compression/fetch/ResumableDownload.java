package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Fetches one file into a directory: a part grows beside it, across tries, processes and restarts, and becomes the file when it is
 * whole, verified and on disk.
 */
final class ResumableDownload {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Origin origin;
    private final Tries tries;

    ResumableDownload(Origin origin, Tries tries) {
        this.origin = origin;
        this.tries = tries;
    }

    /** @throws CompressionException {@code SOURCE_UNREACHABLE} after the last try, {@code SOURCE_DAMAGED} */
    void fetch(RemoteFile file, Path directory) throws IOException {
        Path target = directory.resolve(file.name());
        if (Files.exists(target)) {
            return; // it became the file only when it was whole
        }
        // An etag is a name for one content: another one never continues this part.
        Path part = directory.resolve(
                file.name() + "." + Integer.toHexString(file.etag().hashCode()) + ".part");
        tries.make(file.name(), () -> append(file, part));
        try {
            file.verify(part);
        } catch (CompressionException e) {
            Files.delete(part);
            throw e;
        }
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private void append(RemoteFile file, Path part) throws IOException {
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long held = out.size();
            if (held > file.sizeBytes()) {
                out.truncate(0);
                held = 0;
            }
            if (held == file.sizeBytes()) {
                return;
            }
            Origin.Body body = origin.open(file, held);
            try (InputStream in = body.stream()) {
                out.truncate(body.startBytes());
                out.position(body.startBytes());
                copy(in, out, file, body.startBytes());
            } finally {
                body.whenClosed().run();
            }
        }
    }

    private void copy(InputStream in, FileChannel out, RemoteFile file, long start) throws IOException {
        long at = start;
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            tries.requireNotCancelled();
            at += count;
            if (at > file.sizeBytes()) {
                out.truncate(0);
                throw new IOException("more than the %d bytes that were announced came".formatted(file.sizeBytes()));
            }
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        }
        if (at < file.sizeBytes()) {
            throw new IOException("the body ended after %d of %d bytes".formatted(at, file.sizeBytes()));
        }
    }
}
