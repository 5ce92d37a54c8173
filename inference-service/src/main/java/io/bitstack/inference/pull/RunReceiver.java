package io.bitstack.inference.pull;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Takes runs of small blobs apart, verifies each, and writes them while the next ones come. */
final class RunReceiver implements AutoCloseable {
    /** Writing waits for the disk, not for a processor: many at once let the disk put them together. */
    private static final int WRITERS = 16;

    private static final int UNWRITTEN_KILOBYTES = 32 << 10;

    private final BlobCache cache;
    private final ExecutorService writers = Executors.newFixedThreadPool(
            WRITERS, Thread.ofPlatform().daemon().name("cache-writer-", 0).factory());
    private final Semaphore unwritten = new Semaphore(UNWRITTEN_KILOBYTES);

    RunReceiver(BlobCache cache) {
        this.cache = cache;
    }

    /**
     * What came of a run.
     *
     * @param done how many blobs from the first on have come, whole
     * @param corrupt those of them whose bytes were others; nothing of them is kept
     * @param cut why it ended before its end, or null
     */
    record Outcome(
            int done, List<Descriptor> corrupt, @Nullable IOException cut) {}

    /**
     * Reads a run; its good blobs are in the cache when this returns.
     *
     * @throws IOException if the disk failed
     */
    Outcome receive(Run run, InputStream in) throws IOException {
        List<Descriptor> corrupt = new ArrayList<>();
        List<Future<?>> writing = new ArrayList<>();
        Set<Path> folders = ConcurrentHashMap.newKeySet();
        int done = 0;
        IOException cut = null;
        try {
            for (Descriptor blob : run.blobs()) {
                byte[] content = in.readNBytes((int) blob.sizeBytes());
                if (content.length < blob.sizeBytes()) {
                    throw new EOFException("the answer ended within blob %d of %d"
                            .formatted(done, run.blobs().size()));
                }
                if (Digest.of(content).equals(blob.digest())) {
                    writing.add(write(blob, content, folders));
                } else {
                    corrupt.add(blob);
                }
                done++;
            }
        } catch (IOException e) {
            cut = e;
        } finally {
            awaitAll(writing);
        }
        BlobCache.force(folders);
        return new Outcome(done, corrupt, cut);
    }

    private Future<?> write(Descriptor blob, byte[] content, Set<Path> folders) throws IOException {
        int kilobytes = content.length / 1024 + 1;
        try {
            unwritten.acquire(kilobytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while pulling", e);
        }
        return writers.submit(() -> {
            try {
                folders.add(cache.put(blob, content));
            } finally {
                unwritten.release(kilobytes);
            }
            return null;
        });
    }

    private static void awaitAll(List<Future<?>> writing) throws IOException {
        IOException failed = null;
        for (Future<?> one : writing) {
            try {
                one.get();
            } catch (ExecutionException e) {
                failed = e.getCause() instanceof IOException io ? io : new IOException("a blob was not written", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while pulling", e);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    @Override
    public void close() {
        writers.shutdownNow();
    }

    /** @return whether nothing is written any more, after {@link #close} */
    boolean awaitEnd(Duration wait) throws InterruptedException {
        return writers.awaitTermination(wait.toNanos(), TimeUnit.NANOSECONDS);
    }
}
