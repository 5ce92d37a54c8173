package io.bitstack.registry.rollout;

import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.deployment.DeploymentView;
import io.bitstack.registry.deployment.Deployments;
import io.bitstack.registry.deployment.Sizing;
import io.bitstack.registry.deployment.Targets;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.service.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Begins, stops and takes back rollouts, as somebody asks. */
@Service
class Rollouts {
    private final RolloutRows rows;
    private final Deployments deployments;
    private final Audit audit;
    private final Events events;

    Rollouts(RolloutRows rows, Deployments deployments, Audit audit, Events events) {
        this.rows = rows;
        this.deployments = deployments;
        this.audit = audit;
        this.events = events;
    }

    /** @throws ApiException {@code ROLLOUT_INVALID}, {@code ROLLOUT_RUNNING}, {@code VERSION_NOT_READY} and others */
    @Transactional
    Rollout start(
            long deployment,
            @Nullable Integer version,
            @Nullable Sizing sizing,
            List<Step> steps,
            Gate gate,
            String principal) {
        if ((version == null) == (sizing == null)) {
            throw new ApiException(
                    ErrorCode.ROLLOUT_INVALID, "a rollout changes the version or the size; the two roll apart");
        }
        DeploymentView view = deployments.get(deployment);
        Targets.Target now = deployments.targetOf(deployment);
        if (version != null) {
            deployments.requireDeployable(deployment, version);
        }
        Targets.Target from =
                version != null ? new Targets.Target(now.version(), null) : new Targets.Target(null, now.sizing());
        Targets.Target to = new Targets.Target(version, sizing == null ? null : sizing.checked());
        if (from.equals(to) || (version != null && now.version() == null)) {
            throw new ApiException(
                    ErrorCode.ROLLOUT_INVALID,
                    "deployment %d says that already, or its alias points nowhere".formatted(deployment));
        }
        if (rows.isAnyUnderWay(deployment)) {
            throw running(deployment);
        }
        List<Step> checked = new ArrayList<>(steps.stream().map(Step::checked).toList());
        if (checked.isEmpty() || !checked.getLast().equals(Step.ALL)) {
            checked.add(Step.ALL);
        }
        try {
            long id = rows.insert(
                    deployment,
                    view.model(),
                    version != null ? "version" : "size",
                    from,
                    to,
                    checked,
                    gate.filled(),
                    principal);
            rows.history(id, "started", "%d steps".formatted(checked.size()), principal);
            audit.record(principal, "rollout.start", "%d of deployment %d".formatted(id, deployment));
            tell(EventType.ROLLOUT_ADVANCED, id, Map.of("rollout", id, "deployment", deployment, "what", "started"));
            return require(id);
        } catch (DuplicateKeyException e) {
            throw running(deployment);
        }
    }

    private static ApiException running(long deployment) {
        return new ApiException(
                ErrorCode.ROLLOUT_RUNNING,
                "deployment %d is in a rollout; wait for its end or abort it".formatted(deployment));
    }

    private void tell(EventType type, long id, Map<String, Object> data) {
        events.happened(type, "rollouts/" + id, data);
    }

    private Rollout require(long id) {
        return rows.find(id).orElseThrow(() -> notFound(id));
    }

    private static ApiException notFound(long id) {
        return new ApiException(ErrorCode.ROLLOUT_NOT_FOUND, "there is no rollout %d".formatted(id));
    }

    /** Stops it, lets it go on, or takes it back. @throws ApiException {@code ROLLOUT_STATE_INVALID} */
    @Transactional
    Rollout change(long id, RolloutState next, String principal) {
        Rollout rollout = rows.lock(id).orElseThrow(() -> notFound(id));
        if (!rollout.state().canTransitionTo(next)) {
            throw new ApiException(
                    ErrorCode.ROLLOUT_STATE_INVALID,
                    "rollout %d is %s".formatted(id, rollout.state().wireName()));
        }
        rows.state(id, next, null);
        String what = next == RolloutState.RUNNING ? "resumed" : next.wireName();
        rows.history(id, what, "", principal);
        audit.record(principal, "rollout." + what, Long.toString(id));
        tell(
                next == RolloutState.ABORTED ? EventType.ROLLOUT_ROLLED_BACK : EventType.ROLLOUT_ADVANCED,
                id,
                Map.of("rollout", id, "deployment", rollout.deployment(), "what", what));
        return require(id);
    }

    @Transactional(readOnly = true)
    List<Rollout> list(long after, int limit) {
        return rows.list(after, limit);
    }

    @Transactional(readOnly = true)
    Rollout.Whole get(long id) {
        return new Rollout.Whole(require(id), rows.nodes(id), rows.history(id));
    }
}
