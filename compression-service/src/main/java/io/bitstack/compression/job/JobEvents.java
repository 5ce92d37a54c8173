package io.bitstack.compression.job;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Sends a job as server-sent events until it is finished. Reads the database, so that it does not matter which process runs the
 * job.
 */
@Component
class JobEvents {
    static final int MAX_STREAMS = 256;
    static final String EVENT = "job";

    private static final Logger LOG = LoggerFactory.getLogger(JobEvents.class);

    /** After so long without a change a comment is sent, so that nobody between us and the client hangs up. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private final JobRepository jobs;
    private final Semaphore streams = new Semaphore(MAX_STREAMS);
    private final ExecutorService followers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("job-events-", 0).factory());

    JobEvents(JobRepository jobs) {
        this.jobs = jobs;
    }

    SseEmitter follow(Job job) {
        if (!streams.tryAcquire()) {
            throw new CompressionException(
                    ErrorCode.TOO_MANY_STREAMS, "%d streams are open; ask again later".formatted(MAX_STREAMS));
        }
        SseEmitter emitter = new SseEmitter(0L);
        followers.execute(() -> {
            try {
                send(job.id(), emitter);
                emitter.complete();
            } catch (IOException | IllegalStateException e) {
                LOG.debug("the client that followed job {} left", job.id(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                emitter.complete();
            } catch (DataAccessException e) {
                LOG.warn("job {} cannot be followed: {}", job.id(), e.getMessage());
                emitter.complete();
            } finally {
                streams.release();
            }
        });
        return emitter;
    }

    private void send(UUID id, SseEmitter emitter) throws IOException, InterruptedException {
        JobView sent = null;
        long sentNanos = System.nanoTime();
        while (true) {
            JobView view = jobs.find(id).map(JobView::of).orElse(null);
            if (view == null) {
                return;
            }
            if (!view.equals(sent)) {
                emitter.send(SseEmitter.event().name(EVENT).data(view, MediaType.APPLICATION_JSON));
                sent = view;
                sentNanos = System.nanoTime();
            } else if (System.nanoTime() - sentNanos > KEEP_ALIVE.toNanos()) {
                emitter.send(SseEmitter.event().comment("still here"));
                sentNanos = System.nanoTime();
            }
            if (view.state().isTerminal()) {
                return;
            }
            Thread.sleep(JobRun.INTERVAL);
        }
    }

    /** Ends the streams before the server waits for their requests. */
    @PreDestroy
    void close() {
        followers.shutdownNow();
    }
}
