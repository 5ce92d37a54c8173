package io.bitstack.inference.pull;

import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.inference.settings.NodeSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Pulls what a prefix needs, several requests at a time, and hands out verified bytes. */
@Component
public class Puller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Puller.class);
    private static final int TRIES = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_END = Duration.ofSeconds(5);

    private final Platform platform;
    private final BlobCache cache;
    private final RunReceiver receiver;
    private final Streams streams;
    private final long smallBytes;
    private final ExecutorService downloads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore slots;
    private final AtomicLong corruptBlobs = new AtomicLong();
    private final AtomicLong pulledBytes = new AtomicLong();

    Puller(Platform platform, NodeSettings settings) throws IOException {
        this.platform = platform;
        this.cache = new BlobCache(settings.cacheDirectory(), settings.cacheQuotaBytes());
        this.receiver = new RunReceiver(cache);
        this.streams = new Streams(new RateLimit(settings.pullBytesPerSecond()), settings.stallTimeout());
        this.smallBytes = settings.coalesceBelowBytes();
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

    /** Bytes of all blobs in the cache. */
    public long cachedBytes() {
        return cache.usedBytes();
    }

    /** What the cache may take of the disk; 0 without a bound. */
    public long quotaBytes() {
        return cache.quotaBytes();
    }

    /** Everything in the cache. */
    public List<Descriptor> cached() {
        return cache.all();
    }

    /** Says what is of use, the most useful first, and how many of them the cache must not give up. */
    public void use(List<Digest> byUse, int needed) {
        cache.use(byUse, needed);
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
            cache.discard(stack);
        }
        byte[] content;
        try (InputStream in = streams.watched(platform.manifest(stack))) {
            content = in.readNBytes(ManifestJson.LARGEST_BYTES);
            if (in.read() >= 0) {
                throw new IOException(
                        "the manifest of stack %s has more than %d bytes".formatted(stack, ManifestJson.LARGEST_BYTES));
            }
        }
        takeManifest(stack, content);
        return ManifestJson.read(content);
    }

    /** Takes a manifest into the cache. @throws BlobCorruptException if the stack's name is not that of its bytes */
    void takeManifest(Digest stack, byte[] content) throws IOException {
        take(new Descriptor(stack, content.length), new ByteArrayInputStream(content));
    }

    /** Takes a blob from elsewhere into the cache, verified. @throws BlobCorruptException if its bytes are others */
    void take(Descriptor blob, InputStream in) throws IOException {
        if (cache.holds(blob)) {
            in.skipNBytes(blob.sizeBytes());
            return;
        }
        cache.makeRoom(blob.sizeBytes());
        byte[] content = in.readNBytes(Math.toIntExact(blob.sizeBytes()));
        cache.receive(
                blob,
                (_, from) -> new ByteArrayInputStream(
                        content, Math.toIntExact(from), content.length - Math.toIntExact(from)));
    }

    /**
     * Makes the cache hold the base of a stack.
     *
     * @param base as the manifest lists it
     */
    public void pullBase(Digest stack, List<Descriptor> base) throws IOException {
        pull(stack, StackPart.BASE, 0, base);
    }

    /**
     * Makes the cache hold neighbouring blocks of a stack.
     *
     * @param from the place of the first in the stack order
     */
    public void pullBlocks(Digest stack, int from, List<Descriptor> blocks) throws IOException {
        pull(stack, StackPart.BLOCKS, from, blocks);
    }

    private void pull(Digest stack, StackPart part, int from, List<Descriptor> blobs) throws IOException {
        Set<Digest> seen = new HashSet<>();
        List<Run> runs = Run.of(part, from, blobs, blob -> !cache.holds(blob) && seen.add(blob.digest()), smallBytes);
        cache.makeRoom(runs.stream().mapToLong(Run::sizeBytes).sum());
        List<Callable<Void>> tasks = new ArrayList<>();
        for (Run run : runs) {
            tasks.add(() -> {
                if (run.blobs().size() == 1) {
                    pullOne(run.blobs().getFirst());
                } else {
                    pullRun(stack, run);
                }
                return null;
            });
        }
        all(tasks);
    }

    /**
     * Makes the cache hold all these blobs, each asked for alone.
     *
     * @throws IOException if one could not be had after several tries, or the disk has no room for them
     */
    public void pull(Collection<Descriptor> blobs) throws IOException {
        List<Descriptor> missing =
                blobs.stream().distinct().filter(blob -> !cache.holds(blob)).toList();
        if (missing.isEmpty()) {
            return;
        }
        cache.makeRoom(missing.stream().mapToLong(Descriptor::sizeBytes).sum());
        List<Callable<Void>> tasks = new ArrayList<>();
        for (Descriptor blob : missing) {
            tasks.add(() -> {
                pullOne(blob);
                return null;
            });
        }
        all(tasks);
    }

    private void all(List<Callable<Void>> tasks) throws IOException {
        List<Future<?>> running = new ArrayList<>();
        for (Callable<Void> task : tasks) {
            running.add(downloads.submit(() -> {
                slots.acquire();
                try {
                    return task.call();
                } finally {
                    slots.release();
                }
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

    private void pullRun(Digest stack, Run whole) throws IOException, InterruptedException {
        Run run = whole;
        Duration pause = FIRST_PAUSE;
        int tried = 1;
        while (!run.blobs().isEmpty()) {
            IOException failed;
            try (InputStream in = streams.watched(platform.content(stack, run))) {
                RunReceiver.Outcome outcome = receiver.receive(run, in);
                for (Descriptor blob : outcome.corrupt()) {
                    corrupt(blob.digest(), "as it came from the platform");
                    pullOne(blob);
                }
                run.blobs().subList(0, outcome.done()).forEach(blob -> pulledBytes.addAndGet(blob.sizeBytes()));
                run = run.after(outcome.done());
                // What came is not asked for again, and a connection that gets further is tried on.
                tried = outcome.done() > 0 ? 1 : tried;
                failed = outcome.cut();
            } catch (IOException e) {
                failed = e;
            }
            if (failed != null) {
                if (tried == TRIES) {
                    throw failed;
                }
                LOG.warn("{} {} to {}: {}; trying again", run.part(), run.from(), run.to(), failed.toString());
                tried++;
                Thread.sleep(pause);
                pause = pause.multipliedBy(2);
            }
        }
    }

    private void pullOne(Descriptor blob) throws IOException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int tried = 1; ; tried++) {
            try {
                cache.receive(blob, (wanted, from) -> streams.watched(platform.blob(wanted, from)));
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

    /** Nothing writes into the cache any more when its lock is let go: another process may take it then. */
    @Override
    public void close() throws IOException {
        downloads.shutdownNow();
        receiver.close();
        streams.close();
        try {
            if (!downloads.awaitTermination(LONGEST_END.toNanos(), TimeUnit.NANOSECONDS)
                    || !receiver.awaitEnd(LONGEST_END)) {
                LOG.warn("downloads go on {} after the node closed its cache", LONGEST_END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            cache.close();
        }
    }
}
