package io.bitstack.registry.deployment;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.VersionState;
import io.bitstack.registry.version.Versions;
import io.bitstack.service.ApiException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Makes deployments and says which one concerns a node. */
@Service
public class Deployments {
    private final DeploymentRepository deployments;
    private final Models models;
    private final Versions versions;
    private final Audit audit;

    Deployments(DeploymentRepository deployments, Models models, Versions versions, Audit audit) {
        this.deployments = deployments;
        this.models = models;
        this.versions = versions;
        this.audit = audit;
    }

    /** What a node is to serve: an alias has become the version that it points at now. */
    public record Wish(
            long id, String model, int version, @Nullable String alias, Digest stackDigest, int contextTokens) {}

    @Transactional
    DeploymentView create(
            String modelName,
            @Nullable String alias,
            @Nullable Integer number,
            int contextTokens,
            @Nullable List<String> nodes,
            String principal) {
        Version version = versions.resolve(modelName, alias, number);
        if (version.state() != VersionState.READY) {
            throw new ApiException(
                    ErrorCode.VERSION_NOT_READY,
                    "version %d of model '%s' is %s; make it ready before it is deployed"
                            .formatted(
                                    version.number(), modelName, version.state().wireName()));
        }
        if (nodes != null) {
            nodes.forEach(node -> Names.require("node's name", node));
        }
        Deployment made = deployments.saveAndFlush(new Deployment(
                models.require(modelName), alias, alias == null ? version : null, contextTokens, nodes, principal));
        audit.record(principal, "deployment.create", "%d: %s/%d".formatted(made.id(), modelName, version.number()));
        return made.view();
    }

    @Transactional(readOnly = true)
    List<DeploymentView> list(long after, int limit) {
        return deployments.list(after, Limit.of(limit)).stream()
                .map(Deployment::view)
                .toList();
    }

    @Transactional(readOnly = true)
    DeploymentView get(long id) {
        return require(id).view();
    }

    @Transactional
    void remove(long id, String principal) {
        deployments.delete(require(id));
        audit.record(principal, "deployment.remove", Long.toString(id));
    }

    private Deployment require(long id) {
        return deployments
                .findById(id)
                .orElseThrow(() ->
                        new ApiException(ErrorCode.DEPLOYMENT_NOT_FOUND, "there is no deployment %d".formatted(id)));
    }

    /** The newest deployment that concerns a node; empty if there is none, or its alias is gone. */
    @Transactional(readOnly = true)
    public Optional<Wish> wishFor(String node) {
        return deployments.concerning(node, Limit.of(1)).stream().findFirst().flatMap(this::wish);
    }

    private Optional<Wish> wish(Deployment deployment) {
        String alias = deployment.alias();
        Optional<Version> version =
                alias == null ? Optional.ofNullable(deployment.version()) : versions.aliased(deployment.model(), alias);
        return version.filter(v -> v.stackIfAny() != null)
                .map(v -> new Wish(
                        deployment.id(),
                        deployment.model().name(),
                        v.number(),
                        alias,
                        v.stack().digest(),
                        deployment.contextTokens()));
    }
}
