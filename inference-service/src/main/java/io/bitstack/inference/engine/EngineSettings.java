package io.bitstack.inference.engine;

import io.bitstack.core.stack.KvPrecision;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How much the engine does at once.
 *
 * @param threads threads that work on a step, 0 = as many as the machine has
 * @param maxSequences requests that are decoded together; further ones wait
 * @param maxQueued requests that wait; further ones are refused
 * @param requestTimeout how long a request may take from its arrival, waiting included
 * @param kvPrecision how keys and values are kept; the fewer bytes they take, the more the budget has for blocks
 */
@Validated
@ConfigurationProperties("bitstack.node")
public record EngineSettings(
        @DefaultValue("0") @Min(0) @Max(1024) int threads,
        @DefaultValue("16") @Min(1) @Max(64) int maxSequences,
        @DefaultValue("64") @Min(1) @Max(10_000) int maxQueued,
        @DefaultValue("10m") Duration requestTimeout,
        @DefaultValue("half") KvPrecision kvPrecision) {
    public EngineSettings {
        if (requestTimeout.isNegative() || requestTimeout.isZero()) {
            throw new IllegalArgumentException("bitstack.node.request-timeout must be positive, not " + requestTimeout);
        }
    }

    int workers() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
