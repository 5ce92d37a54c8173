package io.bitstack.registry.rollout;

import io.bitstack.registry.deployment.Deployments;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.registry.node.FleetView;
import io.bitstack.service.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Takes running rollouts a step further, or back, as their nodes do. Any number of registries may try; one is at a rollout at a time. */
@Component
class RolloutDriver {
    private static final Logger LOG = LoggerFactory.getLogger(RolloutDriver.class);
    private static final String GATE = "gate";

    private final RolloutRows rows;
    private final Deployments deployments;
    private final FleetView fleet;
    private final Events events;
    private final TransactionTemplate transaction;

    RolloutDriver(
            RolloutRows rows,
            Deployments deployments,
            FleetView fleet,
            Events events,
            TransactionTemplate transaction) {
        this.rows = rows;
        this.deployments = deployments;
        this.fleet = fleet;
        this.events = events;
        this.transaction = transaction;
    }

    @Scheduled(fixedDelay = 1000)
    void look() {
        for (long id : rows.running()) {
            try {
                transaction.executeWithoutResult(_ -> rows.lockRunning(id).ifPresent(this::drive));
            } catch (RuntimeException e) {
                LOG.warn("rollout {} could not be taken further; trying again", id, e);
            }
        }
    }

    private void drive(Rollout rollout) {
        if (!deployments.exists(rollout.deployment())) {
            rows.state(rollout.id(), RolloutState.ABORTED, "the deployment is gone");
            rows.history(rollout.id(), "aborted", "the deployment is gone", GATE);
            return;
        }
        Integer version = rollout.to().version();
        if (version != null) {
            try {
                deployments.requireDeployable(rollout.deployment(), version);
            } catch (ApiException e) {
                rollBack(rollout, e.detail());
                return;
            }
        }
        List<FleetView.Concerned> nodes = fleet.concernedBy(rollout.deployment());
        Instant now = rows.now();
        if (rollout.step() < 0) {
            measureBefore(rollout, nodes, now);
        } else {
            watch(rollout, nodes, now);
        }
    }

    /** Where the gate compares with what was before, that is measured first. */
    private void measureBefore(Rollout rollout, List<FleetView.Concerned> nodes, Instant now) {
        if (nodes.isEmpty()) {
            expect(rollout, "no node is in the deployment", now);
            return;
        }
        if (rollout.gate().maxPerplexityRatio() != null) {
            OptionalDouble known = nodes.stream()
                    .filter(node -> node.isSettled()
                            && RolloutTargets.probeId(rollout.id()).equals(node.probedFor()))
                    .map(FleetView.Concerned::probePerplexity)
                    .filter(Objects::nonNull)
                    .mapToDouble(Double::doubleValue)
                    .max();
            if (known.isEmpty()) {
                expect(rollout, "no node has measured the probe text yet", now);
                return;
            }
            rows.reference(rollout.id(), known.getAsDouble());
        }
        begin(rollout, 0, nodes);
    }

    private void begin(Rollout rollout, int step, List<FleetView.Concerned> nodes) {
        Set<String> already = rows.before(rollout.id()).keySet();
        List<FleetView.Concerned> added = rollout.steps().get(step).of(nodes).stream()
                .filter(node -> !already.contains(node.name()))
                .toList();
        added.forEach(
                node -> rows.addNode(rollout.id(), node.name(), step, node.endedRequests(), node.failedRequests()));
        rows.step(rollout.id(), step);
        String names = added.stream().map(FleetView.Concerned::name).collect(Collectors.joining(", "));
        rows.history(rollout.id(), "step", "%d: %s".formatted(step, names.isEmpty() ? "no node" : names), GATE);
        advanced(rollout, "step " + step, names);
    }

    private void watch(Rollout rollout, List<FleetView.Concerned> nodes, Instant now) {
        if (rollout.step() == rollout.steps().size() - 1) {
            // Whoever came to the deployment meanwhile is of the last step too.
            Set<String> already = rows.before(rollout.id()).keySet();
            nodes.stream()
                    .filter(node -> !already.contains(node.name()))
                    .forEach(node -> rows.addNode(
                            rollout.id(), node.name(), rollout.step(), node.endedRequests(), node.failedRequests()));
        }
        Map<String, GateCheck.Before> before = rows.before(rollout.id());
        GateCheck.Verdict verdict = new GateCheck(
                        rollout.gate(), RolloutTargets.probeId(rollout.id()), rollout.referencePerplexity())
                .judge(
                        nodes.stream()
                                .filter(node -> before.containsKey(node.name()))
                                .toList(),
                        nodes.stream()
                                .filter(node -> !before.containsKey(node.name()))
                                .toList(),
                        before);
        String fault = verdict.fault();
        if (fault != null) {
            rollBack(rollout, fault);
        } else if (verdict.waitingFor() != null) {
            expect(rollout, verdict.waitingFor(), now);
        } else {
            rows.found(rollout.id(), null);
            Instant since = rollout.healthySince();
            if (since != null
                    && !Duration.between(since, now)
                            .minusSeconds(rollout.gate().soak())
                            .isNegative()) {
                next(rollout, nodes);
            } else if (rollout.gate().soak() == 0) {
                next(rollout, nodes);
            }
        }
    }

    private void next(Rollout rollout, List<FleetView.Concerned> nodes) {
        if (rollout.step() + 1 < rollout.steps().size()) {
            begin(rollout, rollout.step() + 1, nodes);
            return;
        }
        deployments.become(rollout.deployment(), rollout.to(), rollout.createdBy());
        rows.state(rollout.id(), RolloutState.COMPLETED, null);
        rows.history(rollout.id(), "completed", "", GATE);
        advanced(rollout, "completed", "");
    }

    /** Notes what is waited for, and takes the change back when that takes too long. */
    private void expect(Rollout rollout, @Nullable String what, Instant now) {
        Duration waited = Duration.between(rollout.stepStartedAt(), now);
        if (waited.toSeconds()
                >= rollout.gate().timeout() + (long) rollout.gate().soak()) {
            rollBack(rollout, "after %d s: %s".formatted(waited.toSeconds(), what));
        } else {
            rows.found(rollout.id(), what);
        }
    }

    private void rollBack(Rollout rollout, String why) {
        rows.state(rollout.id(), RolloutState.ROLLED_BACK, why);
        rows.history(rollout.id(), "rolled-back", why, GATE);
        LOG.warn("rollout {} of deployment {} is taken back: {}", rollout.id(), rollout.deployment(), why);
        events.happened(
                EventType.ROLLOUT_ROLLED_BACK,
                "rollouts/" + rollout.id(),
                Map.of(
                        "rollout",
                        rollout.id(),
                        "deployment",
                        rollout.deployment(),
                        "what",
                        "rolled-back",
                        "reason",
                        why));
    }

    private void advanced(Rollout rollout, String what, String nodes) {
        events.happened(
                EventType.ROLLOUT_ADVANCED,
                "rollouts/" + rollout.id(),
                Map.of("rollout", rollout.id(), "deployment", rollout.deployment(), "what", what, "nodes", nodes));
    }
}
