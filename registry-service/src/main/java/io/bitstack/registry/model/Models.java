package io.bitstack.registry.model;

import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Registers, changes, deletes and finds models. */
@Service
public class Models {
    private final ModelRepository models;
    private final Audit audit;

    Models(ModelRepository models, Audit audit) {
        this.models = models;
        this.audit = audit;
    }

    /** @throws ApiException {@code NAME_INVALID}, {@code MODEL_EXISTS} */
    @Transactional
    public Model register(String name, String description, String principal) {
        Names.require("model's name", name);
        if (models.find(name).isPresent()) {
            throw exists(name);
        }
        Model model = saved(new Model(name, description), name);
        audit.record(principal, "model.register", name);
        return model;
    }

    /**
     * Changes what is not null. A name is changed only while no deployment names the model: nodes would lose what they serve.
     *
     * @throws ApiException {@code MODEL_NOT_FOUND}, {@code NAME_INVALID}, {@code MODEL_EXISTS}, {@code MODEL_IN_USE}
     */
    @Transactional
    public Model change(String name, @Nullable String newName, @Nullable String description, String principal) {
        Model model = lock(name);
        if (description != null) {
            model.describe(description);
            audit.record(principal, "model.describe", name);
        }
        if (newName != null && !newName.equals(name)) {
            Names.require("model's name", newName);
            requireNotDeployed(model, "renamed");
            if (models.find(newName).isPresent()) {
                throw exists(newName);
            }
            model.rename(newName);
            audit.record(principal, "model.rename", "%s to %s".formatted(name, newName));
        }
        return saved(model, newName == null ? name : newName);
    }

    /**
     * The first phase of deletion: the model and its versions can no longer be seen and the name is free; until the grace period is
     * over it can be restored.
     *
     * @throws ApiException {@code MODEL_NOT_FOUND}, {@code MODEL_IN_USE}
     */
    @Transactional
    public void condemn(String name, String principal) {
        Model model = lock(name);
        requireNotDeployed(model, "deleted");
        model.condemn(models.now());
        models.saveAndFlush(model);
        audit.record(principal, "model.delete", name);
    }

    /** Takes the last deletion of a model back. @throws ApiException {@code MODEL_NOT_FOUND}, {@code MODEL_EXISTS} */
    @Transactional
    public Model restore(String name, String principal) {
        Model model = models.condemned(name, Limit.of(1)).stream()
                .findFirst()
                .orElseThrow(() -> new ApiException(
                        ErrorCode.MODEL_NOT_FOUND,
                        "there is no deleted model '%s' that could be restored".formatted(name)));
        if (models.find(name).isPresent()) {
            throw exists(name);
        }
        model.restore();
        audit.record(principal, "model.restore", name);
        return saved(model, name);
    }

    private Model saved(Model model, String name) {
        try {
            return models.saveAndFlush(model);
        } catch (DataIntegrityViolationException e) {
            throw exists(name);
        }
    }

    private void requireNotDeployed(Model model, String what) {
        if (models.isDeployed(model.id())) {
            throw new ApiException(
                    ErrorCode.MODEL_IN_USE,
                    "model '%s' cannot be %s while deployments name it; remove them first"
                            .formatted(model.name(), what));
        }
    }

    private static ApiException exists(String name) {
        return new ApiException(
                ErrorCode.MODEL_EXISTS,
                "there is a model '%s' already; publish another version of it, or choose another name".formatted(name));
    }

    /** @throws ApiException {@code MODEL_NOT_FOUND} */
    @Transactional(readOnly = true)
    public Model require(String name) {
        return models.find(name).orElseThrow(() -> notFound(name));
    }

    /** The model, locked until the transaction ends: whoever numbers its versions or moves its aliases is alone. */
    @Transactional
    public Model lock(String name) {
        return models.lock(name).orElseThrow(() -> notFound(name));
    }

    private static ApiException notFound(String name) {
        return new ApiException(ErrorCode.MODEL_NOT_FOUND, "there is no model '%s'; register it first".formatted(name));
    }

    @Transactional(readOnly = true)
    public List<Model> list(String after, int limit) {
        return models.list(after, Limit.of(limit));
    }
}
