package io.bitstack.inference.engine;

import io.bitstack.core.kernel.Kernels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.Supplier;

/** The engine's meters. */
final class EngineMetrics {
    private static final String PREFIX = "bitstack.inference.";

    private final MeterRegistry registry;
    private final Timer firstToken;
    private final Timer betweenTokens;
    private final Timer queued;
    private final Counter promptTokens;
    private final Counter answerTokens;
    private final Counter reusedTokens;

    EngineMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.firstToken = Timer.builder(PREFIX + "time.to.first.token")
                .description("from a request's arrival to its first token")
                .publishPercentileHistogram()
                .register(registry);
        this.betweenTokens = Timer.builder(PREFIX + "inter.token.time")
                .description("from one token of an answer to the next")
                .publishPercentileHistogram()
                .register(registry);
        this.queued = Timer.builder(PREFIX + "queue.time")
                .description("from a request's arrival to its admission")
                .register(registry);
        Gauge.builder(PREFIX + "kernel", () -> 1)
                .tag("provider", Kernels.active().description())
                .description("always 1: the tag names the kernel provider that multiplies")
                .register(registry);
        this.promptTokens = tokens("prompt");
        this.answerTokens = tokens("answer");
        this.reusedTokens = Counter.builder(PREFIX + "prefix.tokens")
                .description("tokens of prompts that did not have to be run, since other prompts began alike")
                .register(registry);
    }

    private Counter tokens(String kind) {
        return Counter.builder(PREFIX + "tokens")
                .tag("kind", kind)
                .description("tokens that went through the model")
                .register(registry);
    }

    void gauge(String name, String unit, String description, Supplier<Number> value) {
        Gauge.builder(PREFIX + name, value)
                .baseUnit(unit)
                .description(description)
                .register(registry);
    }

    void admitted(long nanos) {
        queued.record(Duration.ofNanos(nanos));
    }

    void first(long nanos) {
        firstToken.record(Duration.ofNanos(nanos));
        answerTokens.increment();
    }

    void next(long nanos) {
        betweenTokens.record(Duration.ofNanos(nanos));
        answerTokens.increment();
    }

    void prefilled(int tokens) {
        promptTokens.increment(tokens);
    }

    void reused(int tokens) {
        reusedTokens.increment(tokens);
    }

    /** @param outcome stop, length, cancelled, or the code of a failure */
    void ended(String outcome) {
        registry.counter(PREFIX + "requests", "outcome", outcome).increment();
    }
}
