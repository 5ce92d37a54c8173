package io.bitstack.registry.version;

import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.model.Model;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.stack.Stack;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Publishes stacks as versions and moves aliases. */
@Service
public class Versions {
    private final VersionRepository versions;
    private final Models models;
    private final Stacks stacks;
    private final EntityManager entities;
    private final Audit audit;

    Versions(VersionRepository versions, Models models, Stacks stacks, EntityManager entities, Audit audit) {
        this.versions = versions;
        this.models = models;
        this.stacks = stacks;
        this.entities = entities;
        this.audit = audit;
    }

    /** @param isNew false if the model had this stack already, under the number that is given */
    record Published(Version version, boolean isNew) {}

    /** Commits a checked stack as the model's next version, in one transaction; the same stack again is the same version. */
    @Transactional
    Published publish(String modelName, Stacks.Checked checked, String principal) {
        Model model = models.lock(modelName);
        Stack stack = stacks.commit(checked);
        Optional<Version> same = versions.findByStack(model.id(), stack.id());
        if (same.isPresent()) {
            return new Published(same.get(), false);
        }
        Version version = new Version(model, versions.highestNumber(model.id()) + 1, stack, principal);
        entities.persist(version);
        audit.record(principal, "version.publish", "%s/%d".formatted(modelName, version.number()));
        entities.flush();
        return new Published(version, true);
    }

    /** @throws ApiException {@code MODEL_NOT_FOUND}, {@code VERSION_NOT_FOUND} */
    @Transactional(readOnly = true)
    public Version require(String modelName, int number) {
        return requireOf(models.require(modelName), number);
    }

    private Version requireOf(Model model, int number) {
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
            return require(modelName, number);
        }
        if (alias != null && number == null) {
            return byAlias(models.require(modelName), alias)
                    .orElseThrow(() -> aliasNotFound(modelName, alias))
                    .version();
        }
        throw new ApiException(
                CommonCode.REQUEST_INVALID,
                "name a version or an alias of model '%s', and not both".formatted(modelName));
    }

    /** The version that an alias of a model points at now. */
    @Transactional(readOnly = true)
    public Optional<Version> aliased(Model model, String alias) {
        return byAlias(model, alias).map(Alias::version);
    }

    private Optional<Alias> byAlias(Model model, String alias) {
        return versions.findAlias(model.id(), alias);
    }

    private static ApiException aliasNotFound(String model, String alias) {
        return new ApiException(ErrorCode.ALIAS_NOT_FOUND, "model '%s' has no alias '%s'".formatted(model, alias));
    }

    @Transactional(readOnly = true)
    List<Version> list(String modelName, int after, int limit) {
        return versions.list(models.require(modelName).id(), after, Limit.of(limit));
    }

    /** The newest version, for display; nothing is ever resolved by it. */
    @Transactional(readOnly = true)
    public Optional<Version> newest(Model model) {
        return versions.find(model.id(), versions.highestNumber(model.id()));
    }

    @Transactional
    AliasView point(String modelName, String alias, int number, String principal) {
        Names.require("alias", alias);
        Model model = models.lock(modelName);
        Version version = requireOf(model, number);
        Alias moved = byAlias(model, alias).orElse(null);
        if (moved == null) {
            moved = new Alias(model, alias, version);
            entities.persist(moved);
        } else {
            moved.moveTo(version);
        }
        entities.persist(new AliasChange(model.id(), alias, number, principal));
        audit.record(principal, "alias.move", "%s@%s to %d".formatted(modelName, alias, number));
        entities.flush();
        return moved.view();
    }

    @Transactional
    void removeAlias(String modelName, String alias, String principal) {
        Model model = models.lock(modelName);
        entities.remove(byAlias(model, alias).orElseThrow(() -> aliasNotFound(modelName, alias)));
        audit.record(principal, "alias.remove", "%s@%s".formatted(modelName, alias));
    }

    @Transactional(readOnly = true)
    public List<AliasView> aliases(Model model) {
        return versions.aliases(model.id()).stream().map(Alias::view).toList();
    }

    @Transactional(readOnly = true)
    List<AliasChange.View> history(String modelName, String alias, long after, int limit) {
        return versions.history(models.require(modelName).id(), alias, after, Limit.of(limit)).stream()
                .map(AliasChange::view)
                .toList();
    }
}
