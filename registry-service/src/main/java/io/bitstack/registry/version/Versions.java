package io.bitstack.registry.version;

import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.event.EventType;
import io.bitstack.registry.event.Events;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.stack.Stack;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Publishes stacks as versions and finds them. */
@Service
public class Versions {
    private final VersionRepository versions;
    private final Models models;
    private final Stacks stacks;
    private final EntityManager entities;
    private final Audit audit;
    private final Events events;

    Versions(
            VersionRepository versions,
            Models models,
            Stacks stacks,
            EntityManager entities,
            Audit audit,
            Events events) {
        this.versions = versions;
        this.models = models;
        this.stacks = stacks;
        this.entities = entities;
        this.audit = audit;
        this.events = events;
    }

    /** @param isNew false if the model had this stack already, under the number that is given */
    public record Published(Version version, boolean isNew) {}

    /**
     * How a stack is to be published.
     *
     * @param number the number that it must get, or null for the next one; of several who ask for the same number one gets it
     * @param isDraft whether it is to be made ready by someone later
     */
    public record Wish(@Nullable Integer number, boolean isDraft, Origin origin) {
        public static final Wish NEXT = new Wish(null, false, Origin.NONE);
    }

    /**
     * Commits a checked stack as the model's next version, in one transaction; the same stack again is the same version. A draft
     * without a stack gets it when its number is wished for.
     *
     * @throws ApiException {@code MODEL_NOT_FOUND}, {@code VERSION_EXISTS}
     */
    @Transactional
    public Published publish(String modelName, Stacks.Checked checked, Wish wish, String principal) {
        Model model = models.lock(modelName);
        Stack stack = stacks.commit(checked);
        Integer number = wish.number();
        Optional<Version> same = versions.findByStack(model.id(), stack.id());
        if (same.isPresent() && (number == null || number == same.get().number())) {
            return new Published(same.get(), false);
        }
        Version version = same.isPresent() ? null : emptyDraft(model, number);
        if (version == null) {
            version = next(model, number, stack, wish, principal);
        } else {
            version.fill(stack);
        }
        if (!wish.isDraft() && version.state() == VersionState.DRAFT) {
            version.become(VersionState.READY, versions.now());
        }
        entities.persist(version);
        entities.flush();
        audit.record(principal, "version.publish", "%s/%d".formatted(modelName, version.number()));
        if (version.state() == VersionState.READY) {
            tellReady(version);
        }
        entities.flush();
        return new Published(version, true);
    }

    private @Nullable Version emptyDraft(Model model, @Nullable Integer number) {
        return number == null
                ? null
                : versions.find(model.id(), number)
                        .filter(v -> v.state() == VersionState.DRAFT && v.stackIfAny() == null)
                        .orElse(null);
    }

    private Version next(Model model, @Nullable Integer wanted, @Nullable Stack stack, Wish wish, String principal) {
        int next = versions.highestNumber(model.id()) + 1;
        if (wanted != null && wanted != next) {
            throw new ApiException(
                    ErrorCode.VERSION_EXISTS,
                    "this stack cannot become version %d of model '%s': the next number is %d, and a number is never given twice"
                            .formatted(wanted, model.name(), next));
        }
        return new Version(model, next, stack, VersionState.DRAFT, wish.origin(), principal);
    }

    /** Registers a version whose stack is here already, or without one: a draft. */
    @Transactional
    public Version register(String modelName, @Nullable Stack stack, Wish wish, String description, String principal) {
        Model model = models.lock(modelName);
        if (stack != null) {
            stacks.hold(stack.digest());
        }
        if (stack != null && versions.findByStack(model.id(), stack.id()).isPresent()) {
            throw new ApiException(
                    ErrorCode.VERSION_EXISTS,
                    "model '%s' has a version of stack %s already".formatted(modelName, stack.digest()));
        }
        Version version = next(model, wish.number(), stack, wish, principal);
        version.describe(description);
        if (stack != null && !wish.isDraft()) {
            version.become(VersionState.READY, versions.now());
        }
        entities.persist(version);
        entities.flush();
        audit.record(principal, "version.register", "%s/%d".formatted(modelName, version.number()));
        if (version.state() == VersionState.READY) {
            tellReady(version);
        }
        return version;
    }

    /** To be called when a version has become ready. */
    void tellReady(Version version) {
        events.happened(
                EventType.VERSION_READY,
                "models/%s/versions/%d".formatted(version.model().name(), version.number()),
                Map.of(
                        "model", version.model().name(),
                        "version", version.number(),
                        "stackDigest", version.stack().digest().toString()));
    }

    /** @throws ApiException {@code MODEL_NOT_FOUND}, {@code VERSION_NOT_FOUND} */
    @Transactional(readOnly = true)
    public Version require(String modelName, int number) {
        return requireOf(models.require(modelName), number);
    }

    /** A version of a model, deleted or not. @throws ApiException {@code VERSION_NOT_FOUND} */
    Version requireOf(Model model, int number) {
        return versions.find(model.id(), number)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.VERSION_NOT_FOUND, "model '%s' has no version %d".formatted(model.name(), number)));
    }

    /**
     * The version that an alias or a number names; exactly one of the two must be given, since nothing is meant by itself.
     *
     * @throws ApiException {@code MODEL_NOT_FOUND}, {@code VERSION_NOT_FOUND}, {@code ALIAS_NOT_FOUND}, {@code REQUEST_INVALID}
     */
    @Transactional(readOnly = true)
    public Version resolve(String modelName, @Nullable String alias, @Nullable Integer number) {
        if (number != null && alias == null) {
            Version version = require(modelName, number);
            if (version.state() == VersionState.CONDEMNED) {
                throw new ApiException(
                        ErrorCode.VERSION_NOT_FOUND,
                        "version %d of model '%s' was deleted".formatted(number, modelName));
            }
            return version;
        }
        if (alias != null && number == null) {
            return versions.findAlias(models.require(modelName).id(), alias)
                    .orElseThrow(() -> Aliases.notFound(modelName, alias))
                    .version();
        }
        throw new ApiException(
                CommonCode.REQUEST_INVALID,
                "name a version or an alias of model '%s', and not both".formatted(modelName));
    }

    /** The newest versions of many models, by the model's id; models without one are left out. */
    @Transactional(readOnly = true)
    public Map<Long, Version> newest(Collection<Long> modelIds) {
        return modelIds.isEmpty()
                ? Map.of()
                : versions.all(versions.newestIds(modelIds)).stream()
                        .collect(Collectors.toMap(version -> version.model().id(), version -> version));
    }

    /** The version that an alias of a model points at now. */
    @Transactional(readOnly = true)
    public Optional<Version> aliased(Model model, String alias) {
        return versions.findAlias(model.id(), alias).map(Alias::version);
    }

    /** @param condemned whether deleted versions are listed too */
    @Transactional(readOnly = true)
    List<Version> list(String modelName, int after, boolean condemned, int limit) {
        return versions.list(models.require(modelName).id(), after, condemned, Limit.of(limit));
    }

    /** The newest version that has a stack, for display; nothing is ever resolved by it. */
    @Transactional(readOnly = true)
    public Optional<Version> newest(Model model) {
        return versions.newest(model.id(), Limit.of(1)).stream().findFirst();
    }
}
