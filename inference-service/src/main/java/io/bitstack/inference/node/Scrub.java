package io.bitstack.inference.node;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.pull.Puller;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.settings.NodeSettings;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads everything in the cache again and again, a blob at a time and evenly over a long while: disks forget. Blocks that are mapped
 * are the same bytes as their files.
 */
@Component
class Scrub {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    private static final int BUFFER_BYTES = 1 << 16;
    /** Also where the cache is empty or cannot be listed, which takes no time at all. */
    private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(100);

    private final Puller puller;
    private final ResidentModels models;
    private final Convergence convergence;
    private final Duration interval;
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable Round lastRound;

    Scrub(Puller puller, ResidentModels models, Convergence convergence, NodeSettings settings) {
        this.puller = puller;
        this.models = models;
        this.convergence = convergence;
        this.interval = settings.scrubInterval();
        this.thread = Thread.ofPlatform().name("scrub").daemon().start(this::run);
    }

    /**
     * What a round over the whole cache has found.
     *
     * @param checkedBlobs those that were there; {@code corruptBlobs} of them held other bytes than their names say
     * @param repairedBlobs of these, those that were fetched again
     */
    record Round(
            Instant startedAt,
            Instant endedAt,
            long checkedBlobs,
            long checkedBytes,
            long corruptBlobs,
            long repairedBlobs) {}

    /** The last one that is done; null before the first. One over an empty cache is none. */
    @Nullable
    Round lastRound() {
        return lastRound;
    }

    private void run() {
        while (!closed) {
            try {
                Thread.sleep(BETWEEN_ROUNDS);
                round();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.warn("a round of the scrub ended early", e);
            }
        }
    }

    private void round() throws InterruptedException {
        List<Descriptor> blobs = puller.cached();
        Round round = look(blobs, interval.dividedBy(Math.max(1, blobs.size())));
        if (round.checkedBlobs() > 0) {
            lastRound = round;
        }
    }

    /** Reads blobs of the cache, resting before each, and fetches anew what has rotted. */
    Round look(List<Descriptor> blobs, Duration pause) throws InterruptedException {
        Instant startedAt = Instant.now();
        long startNanos = System.nanoTime();
        long checkedBlobs = 0;
        long checkedBytes = 0;
        long corruptBlobs = 0;
        long repairedBlobs = 0;
        for (Descriptor blob : blobs) {
            Thread.sleep(pause);
            try {
                boolean isWhole = isWhole(blob);
                checkedBlobs++;
                checkedBytes += blob.sizeBytes();
                if (!isWhole) {
                    corruptBlobs++;
                    models.renew(blob);
                    repairedBlobs++;
                    LOG.info("blob {} was fetched again", blob.digest());
                }
            } catch (NoSuchFileException e) {
                LOG.debug("blob {} was given up meanwhile", blob.digest());
            } catch (IOException e) {
                LOG.warn("blob {} cannot be had again now: {}", blob.digest(), e.getMessage());
                convergence.again();
            }
        }
        // By the clock that never goes back: a round ends after it began, whatever the time was set to meanwhile.
        Instant endedAt = startedAt.plusNanos(System.nanoTime() - startNanos);
        return new Round(startedAt, endedAt, checkedBlobs, checkedBytes, corruptBlobs, repairedBlobs);
    }

    private boolean isWhole(Descriptor blob) throws IOException {
        MessageDigest hash = Digest.newMessageDigest();
        try (FileChannel channel = FileChannel.open(puller.file(blob), StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            while (channel.read(buffer) > 0) {
                hash.update(buffer.flip());
                buffer.clear();
            }
        }
        return Digest.ofHash(hash.digest()).equals(blob.digest());
    }

    @PreDestroy
    void stop() throws InterruptedException {
        closed = true;
        thread.interrupt();
        thread.join(Duration.ofSeconds(5));
    }
}
