package io.bitstack.inference.pull;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches what comes in: no faster than it may, and not waited for without end. */
final class Streams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

    private final RateLimit limit;
    private final Duration stallTimeout;
    private final Set<Watched> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("download-watch").factory());
    private final Future<?> looking;

    Streams(RateLimit limit, Duration stallTimeout) {
        this.limit = limit;
        this.stallTimeout = stallTimeout;
        long everyMillis = Math.max(10, stallTimeout.toMillis() / 4);
        looking = watch.scheduleWithFixedDelay(this::look, everyMillis, everyMillis, TimeUnit.MILLISECONDS);
    }

    /** The same stream, which fails when nothing comes for too long. */
    InputStream watched(InputStream in) {
        Watched watched = new Watched(in);
        open.add(watched);
        return watched;
    }

    private void look() {
        long now = System.nanoTime();
        for (Watched stream : open) {
            if (stream.reading && now - stream.lastNanos > stallTimeout.toNanos()) {
                stream.giveUp();
            }
        }
    }

    @Override
    public void close() {
        looking.cancel(true);
        watch.shutdownNow();
    }

    private final class Watched extends FilterInputStream {
        private volatile long lastNanos = System.nanoTime();
        private volatile boolean reading;
        private volatile boolean stalled;

        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            int read = read(one, 0, 1);
            return read < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            lastNanos = System.nanoTime();
            reading = true;
            int read;
            try {
                read = in.read(buffer, offset, length);
            } catch (IOException e) {
                throw stalled ? new IOException("nothing came for %s".formatted(stallTimeout), e) : e;
            } finally {
                reading = false;
            }
            if (stalled) {
                throw new IOException("nothing came for %s".formatted(stallTimeout));
            }
            if (read > 0) {
                try {
                    limit.passed(read);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted while pulling");
                }
            }
            return read;
        }

        void giveUp() {
            stalled = true;
            open.remove(this);
            try {
                in.close();
            } catch (IOException e) {
                LOG.debug("a stalled download could not be closed", e);
            }
        }

        @Override
        public void close() throws IOException {
            open.remove(this);
            super.close();
        }
    }
}
