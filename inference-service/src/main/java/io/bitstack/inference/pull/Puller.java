package io.bitstack.inference.pull;

import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.inference.settings.NodeSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Pulls what a prefix needs, several blobs at a time, and hands out verified bytes. */
@Component
public class Puller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Puller.class);
    private static final int TRIES = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final Platform platform;
    private final BlobCache cache;
    private final ExecutorService downloads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore slots;
    private final AtomicLong corruptBlobs = new AtomicLong();
    private final AtomicLong pulledBytes = new AtomicLong();

    Puller(Platform platform, NodeSettings settings) throws IOException {
        this.platform = platform;
        this.cache = new BlobCache(settings.cacheDirectory());
        this.slots = new Semaphore(settings.parallelDownloads());
    }

    /** Blobs so far whose bytes were not those that their digests name; each was thrown away and fetched again. */
    public long corruptBlobs() {
        return corruptBlobs.get();
    }

    /** Bytes fetched so far. */
    public long pulledBytes() {
        return pulledBytes.get();
    }

    /** The stack's manifest, from the cache or the platform; its bytes have the digest that names the stack. */
    public StackManifest manifest(Digest stack) throws IOException {
        Path file = cache.file(stack);
        if (Files.exists(file)) {
            byte[] content = Files.readAllBytes(file);
            if (Digest.of(content).equals(stack)) {
                return ManifestJson.read(content);
            }
            corrupt(stack, "in the cache");
        }
        byte[] content = platform.manifest(stack, ManifestJson.LARGEST_BYTES);
        cache.receive(
                new Descriptor(stack, content.length),
                (blob, from) -> new ByteArrayInputStream(
                        content, Math.toIntExact(from), content.length - Math.toIntExact(from)));
        return ManifestJson.read(content);
    }

    /**
     * Makes the cache hold all these blobs.
     *
     * @throws IOException if one could not be had after several tries, or the disk has no room for them
     */
    public void pull(Collection<Descriptor> blobs) throws IOException {
        List<Descriptor> missing =
                blobs.stream().distinct().filter(blob -> !cache.holds(blob)).toList();
        long bytes = missing.stream().mapToLong(Descriptor::sizeBytes).sum();
        long usable = cache.usableBytes();
        if (bytes > usable) {
            throw new IOException(
                    "the cache's disk has room for %d bytes, but %d are to be pulled; free %d bytes or set "
                                    .formatted(usable, bytes, bytes - usable)
                            + "bitstack.node.cache-directory to a larger disk");
        }
        List<Future<?>> running = new ArrayList<>();
        for (Descriptor blob : missing) {
            running.add(downloads.submit(() -> {
                slots.acquire();
                try {
                    pull(blob);
                } finally {
                    slots.release();
                }
                return null;
            }));
        }
        try {
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException("a download failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while pulling", e);
        } finally {
            running.forEach(one -> one.cancel(true));
        }
    }

    private void pull(Descriptor blob) throws IOException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int tried = 1; ; tried++) {
            try {
                cache.receive(blob, platform::blob);
                pulledBytes.addAndGet(blob.sizeBytes());
                return;
            } catch (IOException e) {
                if (e instanceof BlobCorruptException) {
                    corrupt(blob.digest(), "as it came from the platform");
                }
                if (tried == TRIES) {
                    throw e;
                }
                LOG.warn("blob {}: {}; trying again", blob.digest(), e.getMessage());
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2);
        }
    }

    /** The file of a blob that the cache holds. Its bytes are to be verified by whoever maps them. */
    public Path file(Descriptor blob) {
        return cache.file(blob.digest());
    }

    /** Throws away a file that does not hold its blob, and counts it. */
    public void discardCorrupt(Descriptor blob) throws IOException {
        corrupt(blob.digest(), "in the cache");
        cache.discard(blob.digest());
    }

    private void corrupt(Digest digest, String where) {
        corruptBlobs.incrementAndGet();
        LOG.warn("blob {} is corrupt {}; it is not used and will be fetched again", digest, where);
    }

    @Override
    public void close() {
        downloads.shutdownNow();
    }
}
