package io.bitstack.compression;

import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps blobs in memory. */
final class MemoryBlobStore implements BlobStore {
    final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();

    /** How often the disk is still full. */
    final AtomicInteger failures = new AtomicInteger();

    private final AtomicInteger putsLeft = new AtomicInteger();
    private volatile Runnable then = () -> {};

    /** Does something once, in the midst of a put, after so many of them. */
    void afterPuts(int puts, Runnable what) {
        then = what;
        putsLeft.set(puts);
    }

    @Override
    public Descriptor put(ByteBuffer content) throws IOException {
        if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IOException("No space left on device");
        }
        if (putsLeft.getAndUpdate(left -> Math.max(0, left - 1)) == 1) {
            then.run();
        }
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        Digest digest = Digest.of(bytes);
        blobs.put(digest, bytes);
        return new Descriptor(digest, bytes.length);
    }

    @Override
    public OptionalLong sizeBytes(Digest digest) {
        byte[] bytes = blobs.get(digest);
        return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes.length);
    }

    @Override
    public InputStream open(Digest digest, long offsetBytes, long lengthBytes) throws IOException {
        return new ByteArrayInputStream(
                read(digest, Long.MAX_VALUE), Math.toIntExact(offsetBytes), Math.toIntExact(lengthBytes));
    }

    @Override
    public Optional<URI> presignedUrl(Digest digest, Duration validity) {
        return Optional.empty();
    }

    @Override
    public byte[] read(Digest digest, long limitBytes) throws IOException {
        byte[] bytes = blobs.get(digest);
        if (bytes == null) {
            throw new BlobNotFoundException(digest);
        }
        return bytes;
    }
}
