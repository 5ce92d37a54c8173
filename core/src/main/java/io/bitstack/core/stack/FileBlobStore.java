package io.bitstack.core.stack;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Blobs as files {@code <directory>/ab/cdef…} named by their digest's hex digits. A blob appears whole or not at all: it is
 * written to a temporary file, forced to disk and renamed.
 */
public final class FileBlobStore implements BlobStore {
    private final Path directory;

    public FileBlobStore(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory).toAbsolutePath();
    }

    @Override
    public Descriptor put(ByteBuffer content) throws IOException {
        Descriptor descriptor = new Descriptor(Digest.of(content), content.remaining());
        Path file = file(descriptor.digest());
        if (Files.exists(file) && Files.size(file) == descriptor.sizeBytes()) {
            return descriptor;
        }
        Files.createDirectories(file.getParent());
        Path temporary = Files.createTempFile(file.getParent(), "new", ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer rest = content.duplicate();
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return descriptor;
    }

    @Override
    public OptionalLong sizeBytes(Digest digest) throws IOException {
        Path file = file(digest);
        return Files.exists(file) ? OptionalLong.of(Files.size(file)) : OptionalLong.empty();
    }

    @Override
    public InputStream open(Digest digest, long offsetBytes, long lengthBytes) throws IOException {
        long size = sizeBytes(digest).orElseThrow(() -> new BlobNotFoundException(digest));
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > size - lengthBytes) {
            throw new IllegalArgumentException("bytes %d to %d do not lie in a blob of %d bytes"
                    .formatted(offsetBytes, offsetBytes + lengthBytes, size));
        }
        FileChannel channel = FileChannel.open(file(digest), StandardOpenOption.READ);
        return new BoundedInputStream(Channels.newInputStream(channel.position(offsetBytes)), lengthBytes);
    }

    /** Files have no URLs that others could fetch. */
    @Override
    public Optional<URI> presignedUrl(Digest digest, Duration validity) {
        return Optional.empty();
    }

    @Override
    public byte[] read(Digest digest, long limitBytes) throws IOException {
        long size = sizeBytes(digest).orElseThrow(() -> new BlobNotFoundException(digest));
        if (size > limitBytes) {
            throw new IllegalArgumentException(
                    "blob %s has %d bytes, more than %d".formatted(digest, size, limitBytes));
        }
        byte[] content = Files.readAllBytes(file(digest));
        Digest actual = Digest.of(content);
        if (!actual.equals(digest)) {
            throw new BlobCorruptException(digest, actual, content.length);
        }
        return content;
    }

    private Path file(Digest digest) {
        String hex = digest.hex();
        return directory.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }
}
