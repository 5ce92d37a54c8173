package io.bitstack.compression.upload;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Discards uploads whose time is over and that no unfinished job names, and deletes the bytes of discarded ones. */
@Component
class UploadSweep {
    private static final Logger LOG = LoggerFactory.getLogger(UploadSweep.class);

    private final UploadRepository uploads;
    private final UploadContent content;
    private final UploadSettings settings;
    private final TransactionTemplate transaction;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("upload-sweep").factory());

    private @Nullable ScheduledFuture<?> sweeps;

    UploadSweep(
            UploadRepository uploads, UploadContent content, UploadSettings settings, TransactionTemplate transaction) {
        this.uploads = uploads;
        this.content = content;
        this.settings = settings;
        this.transaction = transaction;
    }

    @PostConstruct
    void start() {
        long millis = settings.sweepInterval().toMillis();
        sweeps = timer.scheduleWithFixedDelay(this::sweep, millis, millis, TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            for (UUID id : uploads.expired()) {
                transaction.executeWithoutResult(status -> expire(id));
            }
            for (UUID id : uploads.discarded()) {
                content.delete(id);
                uploads.delete(id);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("expired uploads could not be deleted, and will be later: {}", e.getMessage());
        }
    }

    /** Of one that is in use the time begins anew. */
    private void expire(UUID id) {
        for (UploadState state : UploadState.values()) {
            if (state.canTransitionTo(UploadState.DISCARDED) && uploads.lock(id, state)) {
                if (uploads.isUsed(id)) {
                    uploads.extend(id, settings.completeExpiry());
                } else if (uploads.expired().contains(id)) { // else a piece came before the lock
                    LOG.info("upload {} has expired", id);
                    uploads.setState(id, UploadState.DISCARDED);
                }
                return;
            }
        }
    }

    /** Nothing is swept any more when the service has stopped. */
    @PreDestroy
    void stop() throws InterruptedException {
        if (sweeps != null) {
            sweeps.cancel(true);
        }
        timer.shutdownNow();
        if (!timer.awaitTermination(5, TimeUnit.SECONDS)) {
            LOG.warn("a sweep goes on after the service has stopped");
        }
    }
}
