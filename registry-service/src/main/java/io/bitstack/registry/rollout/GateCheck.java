package io.bitstack.registry.rollout;

import io.bitstack.registry.node.FleetView;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Judges changed nodes by a gate. */
final class GateCheck {
    private final Gate gate;
    private final String probeId;
    private final @Nullable Double reference;

    /** @param reference perplexity of the probe text before the change, if it is known */
    GateCheck(Gate gate, String probeId, @Nullable Double reference) {
        this.gate = gate;
        this.probeId = probeId;
        this.reference = reference;
    }

    /** What nodes had counted when they were changed. */
    record Before(long ended, long failed) {}

    /**
     * What the gate finds.
     *
     * @param fault why the change is to be taken back at once; null if nothing speaks for that
     * @param waitingFor what the nodes still lack; null when they are as they must be
     */
    record Verdict(@Nullable String fault, @Nullable String waitingFor) {}

    Verdict judge(List<FleetView.Concerned> changed, List<FleetView.Concerned> others, Map<String, Before> before) {
        String waiting = null;
        for (FleetView.Concerned node : changed) {
            String fault = fault(node, Objects.requireNonNullElse(before.get(node.name()), new Before(0, 0)));
            if (fault != null) {
                return new Verdict(fault, null);
            }
            String lacks = lack(node, others);
            waiting = waiting == null ? lacks : waiting;
        }
        return new Verdict(null, waiting);
    }

    private @Nullable String fault(FleetView.Concerned node, Before before) {
        // A node that has restarted counts from nought again.
        boolean restarted = node.endedRequests() < before.ended();
        long ended = node.endedRequests() - (restarted ? 0 : before.ended());
        long failed = node.failedRequests() - (restarted ? 0 : before.failed());
        if (failed > 0 && failed > gate.errorRate() * ended) {
            return "node %s failed %d of %d requests".formatted(node.name(), failed, ended);
        }
        Double perplexity = node.probePerplexity();
        if (perplexity != null && probeId.equals(node.probedFor()) && node.isSettled()) {
            Double most = gate.maxPerplexity();
            if (most != null && !(perplexity <= most)) {
                return "perplexity %.4g of the probe text on node %s is above %.4g"
                        .formatted(perplexity, node.name(), most);
            }
            Double ratio = gate.maxPerplexityRatio();
            if (ratio != null && reference != null && !(perplexity <= ratio * reference)) {
                return "perplexity %.4g of the probe text on node %s is above %.4g times the %.4g before"
                        .formatted(perplexity, node.name(), ratio, reference);
            }
        }
        return null;
    }

    private @Nullable String lack(FleetView.Concerned node, List<FleetView.Concerned> others) {
        if (!node.isSettled()) {
            String problem = node.problem();
            return "node %s is %s and not yet what it ought to be%s"
                    .formatted(node.name(), node.state(), problem == null ? "" : ": " + problem);
        }
        if (gate.probeText() != null && !probeId.equals(node.probedFor())) {
            return "node %s has not measured the probe text".formatted(node.name());
        }
        Double ratio = gate.minTokensPerSecondRatio();
        OptionalDouble mean = others.stream()
                .map(FleetView.Concerned::tokensPerSecond)
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .average();
        Double speed = node.tokensPerSecond();
        if (ratio != null && speed != null && mean.isPresent() && speed < ratio * mean.getAsDouble()) {
            return "node %s makes %.1f tokens/s, less than %.2f of the %.1f of others"
                    .formatted(node.name(), speed, ratio, mean.getAsDouble());
        }
        return null;
    }
}
