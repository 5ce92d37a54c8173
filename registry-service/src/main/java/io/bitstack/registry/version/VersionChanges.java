package io.bitstack.registry.version;

import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.tag.TagOwner;
import io.bitstack.registry.tag.Tags;
import io.bitstack.service.ApiException;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Map;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Changes what may change of a version: its state, description, stage and tags. All under the model's lock. */
@Service
public class VersionChanges {
    private final VersionRepository repository;
    private final Versions versions;
    private final Models models;
    private final Tags tags;
    private final EntityManager entities;
    private final Audit audit;

    VersionChanges(
            VersionRepository repository,
            Versions versions,
            Models models,
            Tags tags,
            EntityManager entities,
            Audit audit) {
        this.repository = repository;
        this.versions = versions;
        this.models = models;
        this.tags = tags;
        this.entities = entities;
        this.audit = audit;
    }

    /**
     * Moves a version to another state.
     *
     * @throws ApiException {@code VERSION_STATE_INVALID}, {@code VERSION_NOT_READY}, {@code VERSION_IN_USE}, and {@code VERSION_EXISTS} when
     *     a deleted version is to come back whose stack was published again
     */
    @Transactional
    public Version transition(String modelName, int number, VersionState next, String principal) {
        Version version = locked(modelName, number);
        if (version.state() == next) {
            return version;
        }
        move(version, next, principal);
        entities.flush();
        return version;
    }

    private void move(Version version, VersionState next, String principal) {
        if (next == VersionState.CONDEMNED) {
            requireUnused(version);
        } else if (version.state() == VersionState.CONDEMNED) {
            requireAlone(version);
        }
        version.become(next, repository.now());
        audit.record(principal, "version." + next.wireName(), named(version));
        if (next == VersionState.READY) {
            entities.flush();
            versions.tellReady(version);
        }
    }

    private void requireUnused(Version version) {
        List<Alias> aliases = repository.aliasesOf(version.id());
        if (!aliases.isEmpty()) {
            throw inUse(
                    version,
                    "alias '%s' points at it".formatted(aliases.getFirst().name()));
        }
        if (repository.isDeployed(version.id())) {
            throw inUse(version, "a deployment names it");
        }
    }

    private static ApiException inUse(Version version, String how) {
        return new ApiException(
                ErrorCode.VERSION_IN_USE,
                "version %d of model '%s' cannot be deleted: %s"
                        .formatted(version.number(), version.model().name(), how));
    }

    private void requireAlone(Version version) {
        if (repository.isPurged(version.id())) {
            throw new ApiException(
                    ErrorCode.VERSION_STATE_INVALID,
                    "version %d of model '%s' was purged and cannot come back"
                            .formatted(version.number(), version.model().name()));
        }
        if (version.stackIfAny() != null
                && repository
                        .findByStack(version.model().id(), version.stack().id())
                        .isPresent()) {
            throw new ApiException(
                    ErrorCode.VERSION_EXISTS,
                    "the stack of version %d of model '%s' was published again under another number"
                            .formatted(version.number(), version.model().name()));
        }
    }

    @Transactional
    public Version describe(String modelName, int number, String description, String principal) {
        Version version = locked(modelName, number);
        version.describe(description);
        audit.record(principal, "version.describe", named(version));
        entities.flush();
        return version;
    }

    /**
     * Moves a version to one of MLflow's stages: the stage {@code Archived} archives it, another one takes it out of the archive.
     *
     * @param archiveOthers whether the versions that are in that stage are archived
     */
    @Transactional
    public Version enter(String modelName, int number, Stage stage, boolean archiveOthers, String principal) {
        Version version = locked(modelName, number);
        if (archiveOthers) {
            repository.list(version.model().id(), 0, false, Limit.unlimited()).stream()
                    .filter(other -> other.stage() == stage && other.number() != number)
                    .forEach(other -> enter(other, Stage.ARCHIVED, principal));
        }
        enter(version, stage, principal);
        entities.flush();
        return version;
    }

    private void enter(Version version, Stage stage, String principal) {
        if (stage == Stage.ARCHIVED && version.state() != VersionState.ARCHIVED) {
            move(version, VersionState.ARCHIVED, principal);
        } else if (stage != Stage.ARCHIVED && version.state() == VersionState.ARCHIVED) {
            move(version, version.stackIfAny() == null ? VersionState.DRAFT : VersionState.READY, principal);
        }
        version.enter(stage);
        audit.record(principal, "version.stage", "%s to %s".formatted(named(version), stage.text()));
    }

    @Transactional
    public void setTags(String modelName, int number, Map<String, String> values, String principal) {
        Version version = locked(modelName, number);
        tags.set(TagOwner.VERSION, version.id(), values);
        audit.record(principal, "version.tag", named(version));
    }

    @Transactional
    public void removeTag(String modelName, int number, String key, String principal) {
        Version version = locked(modelName, number);
        tags.remove(TagOwner.VERSION, version.id(), key);
        audit.record(principal, "version.untag", named(version));
    }

    private Version locked(String modelName, int number) {
        Model model = models.lock(modelName);
        return versions.requireOf(model, number);
    }

    private static String named(Version version) {
        return "%s/%d".formatted(version.model().name(), version.number());
    }
}
