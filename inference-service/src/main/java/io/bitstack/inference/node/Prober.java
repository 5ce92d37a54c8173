package io.bitstack.inference.node;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.engine.Engine;
import io.bitstack.inference.resident.Holding;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.resident.WeightsLease;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Measures the perplexity of what the node holds on a text that it was given, once for each size; on one thread, beside the requests. */
@Component
class Prober {
    private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
    /** A lease is held for so many tokens: no longer than a step of a long prompt takes. */
    private static final int MOST_TOKENS = 256;

    private static final Duration LOOK = Duration.ofMillis(200);

    private final ResidentModels models;
    private final Thread thread;
    private volatile boolean closed;
    private volatile DesiredState.@Nullable Probe wanted;
    private volatile @Nullable Result result;

    /** What was measured, of what. */
    record Result(String id, Digest stackDigest, int blocks, double perplexity) {}

    Prober(ResidentModels models) {
        this.models = models;
        this.thread = Thread.ofPlatform().name("probe").daemon().start(this::run);
    }

    /** @param probe null for none */
    void want(DesiredState.@Nullable Probe probe) {
        wanted = probe;
    }

    @Nullable
    Result result() {
        return result;
    }

    private void run() {
        while (!closed) {
            try {
                DesiredState.Probe probe = wanted;
                Holding holding = models.holding().orElse(null);
                if (probe != null && holding != null && !isKnown(probe, holding)) {
                    measure(probe);
                }
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.warn("the probe text could not be measured", e);
                wanted = null;
            }
        }
    }

    private boolean isKnown(DesiredState.Probe probe, Holding holding) {
        Result known = result;
        return known != null
                && known.id().equals(probe.id())
                && known.stackDigest().equals(holding.served().stack())
                && known.blocks() == holding.blocks();
    }

    private void measure(DesiredState.Probe probe) {
        Optional<ModelSession> opened = models.open();
        if (opened.isEmpty()) {
            return;
        }
        try (ModelSession session = opened.get()) {
            int[] tokens = session.model().tokenizer().encode(probe.text(), true);
            int most = Math.min(MOST_TOKENS, Engine.contextTokens(session.model()));
            int[] window = Arrays.copyOf(tokens, Math.min(most, tokens.length));
            if (window.length < 2) {
                LOG.warn("the probe text has {} tokens; nothing can be measured on it", window.length);
                wanted = null;
                return;
            }
            try (WeightsLease lease = session.lease()) {
                double perplexity = new Evaluation(
                                session.model().config(), new EvaluationText(List.of(window)), RowPool.SINGLE)
                        .score(lease.weights(), null)
                        .perplexity();
                result = new Result(probe.id(), session.model().stack(), lease.blocks(), perplexity);
            }
        }
    }

    @PreDestroy
    void stop() throws InterruptedException {
        closed = true;
        thread.interrupt();
        thread.join(Duration.ofSeconds(10));
    }
}
