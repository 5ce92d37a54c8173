package io.bitstack.registry.mlflow;

import io.bitstack.registry.catalog.ModelTags;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.stack.Stack;
import io.bitstack.registry.version.Aliases;
import io.bitstack.registry.version.Origin;
import io.bitstack.registry.version.Stage;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.VersionChanges;
import io.bitstack.registry.version.VersionState;
import io.bitstack.registry.version.Versions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** What is one request of MLflow's and several steps here; each is one transaction. */
@Service
class MlflowWrites {
    private final Models models;
    private final ModelTags modelTags;
    private final Versions versions;
    private final VersionChanges changes;
    private final Aliases aliases;
    private final MlflowSources sources;

    MlflowWrites(
            Models models,
            ModelTags modelTags,
            Versions versions,
            VersionChanges changes,
            Aliases aliases,
            MlflowSources sources) {
        this.models = models;
        this.modelTags = modelTags;
        this.versions = versions;
        this.changes = changes;
        this.aliases = aliases;
        this.sources = sources;
    }

    @Transactional
    void register(String name, String description, Map<String, String> tags, String principal) {
        models.register(name, description, principal);
        if (!tags.isEmpty()) {
            modelTags.set(name, tags, principal);
        }
    }

    /** Makes a version: ready where its source names a stack that is here, else a draft. */
    @Transactional
    int create(String name, Origin origin, String description, Map<String, String> tags, String principal) {
        Stack stack =
                origin.source() == null ? null : sources.stack(origin.source()).orElse(null);
        Version made =
                versions.register(name, stack, new Versions.Wish(null, stack == null, origin), description, principal);
        if (!tags.isEmpty()) {
            changes.setTags(name, made.number(), tags, principal);
        }
        return made.number();
    }

    /** Deletes a version as MLflow does, with the aliases that point at it. */
    @Transactional
    void delete(String name, int number, String principal) {
        Version version = versions.require(name, number);
        aliases.namesOf(version).forEach(alias -> aliases.remove(name, alias, null, principal));
        changes.transition(name, number, VersionState.CONDEMNED, principal);
    }

    static Stage stage(@Nullable String text) {
        return Stage.of(Wanted.text("stage", text))
                .orElseThrow(() -> MlflowException.invalid("Invalid Model Version stage: %s. Value must be one of %s."
                        .formatted(text, String.join(", ", MlflowOrder.STAGES))));
    }
}
