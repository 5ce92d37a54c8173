package io.bitstack.registry.deployment;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.registry.Labels;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.stack.Planners;
import io.bitstack.registry.version.Aliases;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.VersionState;
import io.bitstack.registry.version.Versions;
import io.bitstack.service.ApiException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Makes deployments and says which one concerns a node. */
@Service
public class Deployments {
    private static final int MOST = 1000;

    private final DeploymentRepository deployments;
    private final Models models;
    private final Versions versions;
    private final Aliases aliases;
    private final Planners planners;
    private final Targets targets;
    private final Audit audit;
    private final Events events;

    Deployments(
            DeploymentRepository deployments,
            Models models,
            Versions versions,
            Aliases aliases,
            Planners planners,
            Targets targets,
            Audit audit,
            Events events) {
        this.deployments = deployments;
        this.models = models;
        this.versions = versions;
        this.aliases = aliases;
        this.planners = planners;
        this.targets = targets;
        this.audit = audit;
        this.events = events;
    }

    /**
     * What a node is to serve: an alias has become the version that it points at now.
     *
     * @param minBlocks with fewer blocks of the stack order the node does not take the model; null without a floor
     * @param maxBlocks the node holds no more; null without a ceiling
     * @param probe what the node is to measure itself on, if anything
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Wish(
            long id,
            String model,
            int version,

            @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable
            String alias,

            Digest stackDigest,
            int contextTokens,
            @Nullable Integer minBlocks,
            @Nullable Integer maxBlocks,
            Targets.@Nullable Probe probe,
            @JsonIgnore Sizing sizing) {}

    /** Which nodes a deployment is about. */
    record Choice(@Nullable List<String> nodes, Map<String, String> selector) {}

    @Transactional
    DeploymentView create(
            String modelName,
            @Nullable String alias,
            @Nullable Integer number,
            int contextTokens,
            Choice choice,
            Sizing sizing,
            String principal) {
        Version version = requireReady(versions.resolve(modelName, alias, number));
        if (choice.nodes() != null && !choice.selector().isEmpty()) {
            throw new ApiException(ErrorCode.DEPLOYMENT_INVALID, "name nodes or give a selector, not both");
        }
        if (choice.nodes() != null) {
            choice.nodes().forEach(node -> Names.require("node's name", node));
        }
        if (deployments.newestFirst(Limit.of(MOST)).size() >= MOST) {
            throw new ApiException(
                    ErrorCode.DEPLOYMENT_INVALID, "there are %d deployments; remove one".formatted(MOST));
        }
        Deployment made = deployments.saveAndFlush(new Deployment(
                models.require(modelName),
                alias,
                alias == null ? version : null,
                contextTokens,
                choice.nodes(),
                Labels.require(choice.selector()),
                sizing.checked(),
                principal));
        audit.record(principal, "deployment.create", "%d: %s/%d".formatted(made.id(), modelName, version.number()));
        events.happened(
                EventType.DEPLOYMENT_CREATED,
                "deployments/" + made.id(),
                Map.of("deployment", made.id(), "model", modelName, "version", version.number()));
        return made.view();
    }

    private static Version requireReady(Version version) {
        if (version.state() != VersionState.READY) {
            throw new ApiException(
                    ErrorCode.VERSION_NOT_READY,
                    "version %d of model '%s' is %s; make it ready before it is deployed"
                            .formatted(
                                    version.number(),
                                    version.model().name(),
                                    version.state().wireName()));
        }
        return version;
    }

    @Transactional(readOnly = true)
    List<DeploymentView> list(long after, int limit) {
        return deployments.list(after, Limit.of(limit)).stream()
                .map(Deployment::view)
                .toList();
    }

    @Transactional(readOnly = true)
    public DeploymentView get(long id) {
        return require(id).view();
    }

    @Transactional
    void remove(long id, String principal) {
        deployments.delete(require(id));
        audit.record(principal, "deployment.remove", Long.toString(id));
        events.happened(EventType.DEPLOYMENT_REMOVED, "deployments/" + id, Map.of("deployment", id));
    }

    private Deployment require(long id) {
        return deployments
                .findById(id)
                .orElseThrow(() ->
                        new ApiException(ErrorCode.DEPLOYMENT_NOT_FOUND, "there is no deployment %d".formatted(id)));
    }

    /** Whether there is still such a deployment. */
    @Transactional(readOnly = true)
    public boolean exists(long id) {
        return deployments.findById(id).isPresent();
    }

    /** What a deployment says now, an alias as the version that it points at. */
    @Transactional(readOnly = true)
    public Targets.Target targetOf(long id) {
        Deployment deployment = require(id);
        return new Targets.Target(versionOf(deployment).map(Version::number).orElse(null), deployment.sizing());
    }

    /** Whether a version could be deployed now. @throws ApiException {@code VERSION_NOT_FOUND}, {@code VERSION_NOT_READY} */
    @Transactional(readOnly = true)
    public void requireDeployable(long id, int number) {
        requireReady(versions.resolve(require(id).model().name(), null, number));
    }

    /** Makes what was rolled out what the deployment says; an alias that it follows is moved. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void become(long id, Targets.Target target, String principal) {
        Deployment deployment = require(id);
        Integer number = target.version();
        String alias = deployment.alias();
        if (number != null && alias != null) {
            aliases.point(deployment.model().name(), alias, number, null, false, principal);
        } else if (number != null) {
            deployment.moveTo(versions.require(deployment.model().name(), number));
        }
        Sizing sizing = target.sizing();
        if (sizing != null) {
            deployment.size(sizing);
        }
        deployments.saveAndFlush(deployment);
    }

    /** The newest deployment that concerns a node; empty if there is none, or its alias is gone. */
    @Transactional(readOnly = true)
    public Optional<Wish> wishFor(String node, Map<String, String> labels) {
        return deployments.newestFirst(Limit.of(MOST)).stream()
                .filter(deployment -> deployment.concerns(node, labels))
                .findFirst()
                .flatMap(deployment -> wish(deployment, node));
    }

    private Optional<Version> versionOf(Deployment deployment) {
        String alias = deployment.alias();
        return alias == null ? Optional.ofNullable(deployment.version()) : versions.aliased(deployment.model(), alias);
    }

    private Optional<Wish> wish(Deployment deployment, String node) {
        Optional<Targets.Change> change = targets.of(deployment.id(), node);
        Integer number = change.map(c -> c.target().version()).orElse(null);
        Sizing changed = change.map(c -> c.target().sizing()).orElse(null);
        Sizing sizing = changed == null ? deployment.sizing() : changed;
        Optional<Version> version = number == null
                ? versionOf(deployment)
                : Optional.of(versions.require(deployment.model().name(), number));
        return version.filter(v -> v.stackIfAny() != null).map(v -> {
            Digest stack = v.stack().digest();
            Double floor = sizing.floorBpw();
            Double ceiling = sizing.ceilingBpw();
            return new Wish(
                    deployment.id(),
                    deployment.model().name(),
                    v.number(),
                    deployment.alias(),
                    stack,
                    deployment.contextTokens(),
                    floor == null ? null : fewest(stack, floor),
                    ceiling == null ? null : most(stack, ceiling),
                    change.map(Targets.Change::probe).orElse(null),
                    sizing);
        });
    }

    /** The shortest prefix with so many bits per weight; all blocks where the stack has not so many. */
    private int fewest(Digest stack, double bpw) {
        StackPlanner planner = planners.planner(stack);
        return Math.min(planner.blocks(), first(planner.blocks(), k -> planner.bpw(k) >= bpw));
    }

    /** The longest prefix with at most so many bits per weight. */
    private int most(Digest stack, double bpw) {
        StackPlanner planner = planners.planner(stack);
        return Math.max(0, first(planner.blocks(), k -> planner.bpw(k) > bpw) - 1);
    }

    /** The first of 0 to n that a test holds for, which holds for all after it too; n + 1 if there is none. */
    private static int first(int n, IntPredicate test) {
        int low = 0;
        int high = n + 1;
        while (low < high) {
            int between = (low + high) >>> 1;
            if (test.test(between)) {
                high = between;
            } else {
                low = between + 1;
            }
        }
        return low;
    }
}
