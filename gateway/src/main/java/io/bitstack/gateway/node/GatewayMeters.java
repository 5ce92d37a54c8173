package io.bitstack.gateway.node;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** What the gateway measures of completions. */
@Component
class GatewayMeters {
    private static final String PREFIX = "bitstack.gateway.";

    private final MeterRegistry registry;
    private final Timer firstToken;
    private final Timer betweenPieces;
    private final Counter retries;

    GatewayMeters(MeterRegistry registry) {
        this.registry = registry;
        this.firstToken = timer("time.to.first.token", "from the request's arrival to the first bytes of its answer");
        this.betweenPieces = timer("inter.token.time", "between two pieces of a streamed answer");
        this.retries = Counter.builder(PREFIX + "retries")
                .description("requests asked of another node before their first token")
                .register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(PREFIX + name)
                .description(description)
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofMinutes(2))
                .register(registry);
    }

    void firstToken(long nanos) {
        firstToken.record(Duration.ofNanos(nanos));
    }

    void betweenPieces(long nanos) {
        betweenPieces.record(Duration.ofNanos(nanos));
    }

    void retried() {
        retries.increment();
    }

    /** A completion was answered. */
    void answered(String node, int status, long tokens) {
        registry.counter(PREFIX + "completions", "node", node, "status", Integer.toString(status))
                .increment();
        registry.counter(PREFIX + "tokens", "node", node).increment((double) tokens);
    }
}
