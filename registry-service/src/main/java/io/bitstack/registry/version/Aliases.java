package io.bitstack.registry.version;

import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.model.Models;
import io.bitstack.service.ApiException;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Moves aliases and remembers where they pointed. */
@Service
public class Aliases {
    private final VersionRepository versions;
    private final Versions found;
    private final Models models;
    private final EntityManager entities;
    private final Audit audit;
    private final Events events;

    Aliases(
            VersionRepository versions,
            Versions found,
            Models models,
            EntityManager entities,
            Audit audit,
            Events events) {
        this.versions = versions;
        this.found = found;
        this.models = models;
        this.entities = entities;
        this.audit = audit;
        this.events = events;
    }

    /**
     * Makes or moves an alias.
     *
     * @param ifMatch the ETag that it must still have, {@code *} for any; null to move it whatever it is
     * @param isNew whether it must not be there yet
     * @throws ApiException {@code PRECONDITION_FAILED}, {@code VERSION_NOT_FOUND}, and {@code VERSION_NOT_READY} when a deployment follows the
     *     alias and the version could not be served
     */
    @Transactional
    public AliasView point(
            String modelName, String alias, int number, @Nullable String ifMatch, boolean isNew, String principal) {
        Names.require("alias", alias);
        Model model = models.lock(modelName);
        Version version = found.requireOf(model, number);
        Alias moved = versions.findAlias(model.id(), alias).orElse(null);
        requireUnchanged(modelName, alias, moved, ifMatch, isNew);
        requireServable(model, alias, version);
        if (moved == null) {
            moved = new Alias(model, alias, version);
            entities.persist(moved);
        } else {
            moved.moveTo(version);
        }
        entities.persist(new AliasChange(model.id(), alias, number, principal));
        audit.record(principal, "alias.move", "%s@%s to %d".formatted(modelName, alias, number));
        entities.flush();
        events.happened(
                EventType.ALIAS_MOVED,
                "models/%s/aliases/%s".formatted(modelName, alias),
                Map.of("model", modelName, "alias", alias, "version", number));
        return moved.view();
    }

    private static void requireUnchanged(
            String model, String alias, @Nullable Alias now, @Nullable String ifMatch, boolean isNew) {
        boolean fits = ifMatch == null || (now != null && now.matches(ifMatch));
        if (!fits || (isNew && now != null)) {
            throw new ApiException(
                    ErrorCode.PRECONDITION_FAILED,
                    "alias '%s' of model '%s' is not what it was when it was read; read it again"
                            .formatted(alias, model));
        }
    }

    private void requireServable(Model model, String alias, Version version) {
        if (version.state() == VersionState.CONDEMNED) {
            throw new ApiException(
                    ErrorCode.VERSION_NOT_READY,
                    "version %d of model '%s' was deleted".formatted(version.number(), model.name()));
        }
        if (version.state() != VersionState.READY && versions.isAliasDeployed(model.id(), alias)) {
            throw new ApiException(
                    ErrorCode.VERSION_NOT_READY,
                    "a deployment follows alias '%s' of model '%s', and version %d is %s; make it ready first"
                            .formatted(
                                    alias,
                                    model.name(),
                                    version.number(),
                                    version.state().wireName()));
        }
    }

    /** @throws ApiException {@code ALIAS_NOT_FOUND}, {@code PRECONDITION_FAILED} */
    @Transactional
    public void remove(String modelName, String alias, @Nullable String ifMatch, String principal) {
        Model model = models.lock(modelName);
        Alias removed = versions.findAlias(model.id(), alias).orElseThrow(() -> notFound(modelName, alias));
        requireUnchanged(modelName, alias, removed, ifMatch, false);
        entities.remove(removed);
        audit.record(principal, "alias.remove", "%s@%s".formatted(modelName, alias));
    }

    /** @throws ApiException {@code ALIAS_NOT_FOUND} */
    @Transactional(readOnly = true)
    public AliasView get(String modelName, String alias) {
        return versions.findAlias(models.require(modelName).id(), alias)
                .orElseThrow(() -> notFound(modelName, alias))
                .view();
    }

    static ApiException notFound(String model, String alias) {
        return new ApiException(ErrorCode.ALIAS_NOT_FOUND, "model '%s' has no alias '%s'".formatted(model, alias));
    }

    @Transactional(readOnly = true)
    public List<AliasView> of(Model model) {
        return versions.aliases(model.id()).stream().map(Alias::view).toList();
    }

    /** The aliases of many models, by the model's id; models without one are left out. */
    @Transactional(readOnly = true)
    public Map<Long, List<AliasView>> of(Collection<Long> modelIds) {
        return modelIds.isEmpty()
                ? Map.of()
                : versions.aliases(modelIds).stream()
                        .collect(Collectors.groupingBy(
                                Alias::modelId, Collectors.mapping(Alias::view, Collectors.toList())));
    }

    /** The names of the aliases that point at a version. */
    @Transactional(readOnly = true)
    public List<String> namesOf(Version version) {
        return versions.aliasesOf(version.id()).stream().map(Alias::name).toList();
    }

    @Transactional(readOnly = true)
    List<AliasChange.View> history(String modelName, String alias, long after, int limit) {
        return versions.history(models.require(modelName).id(), alias, after, Limit.of(limit)).stream()
                .map(AliasChange::view)
                .toList();
    }
}
