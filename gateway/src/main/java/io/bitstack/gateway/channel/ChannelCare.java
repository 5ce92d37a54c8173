package io.bitstack.gateway.channel;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Looks after the connections of nodes, every now and then. */
@Component
class ChannelCare {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelCare.class);
    private static final Duration SELDOMEST = Duration.ofSeconds(1);

    private final Channels channels;
    private final Duration every;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("channel-care").daemon().factory());

    private @Nullable ScheduledFuture<?> rounds;

    ChannelCare(Channels channels, ChannelSettings settings) {
        this.channels = channels;
        Duration quarter = settings.pingInterval().dividedBy(4);
        this.every = quarter.compareTo(SELDOMEST) < 0 ? quarter : SELDOMEST;
    }

    @PostConstruct
    void start() {
        rounds = thread.scheduleWithFixedDelay(this::look, every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
    }

    @PreDestroy
    void stop() {
        if (rounds != null) {
            rounds.cancel(true);
        }
        thread.shutdownNow();
    }

    private void look() {
        try {
            channels.look();
        } catch (RuntimeException e) {
            // A round that failed must not be the last one.
            LOG.error("the connections of nodes could not be looked after", e);
        }
    }
}
