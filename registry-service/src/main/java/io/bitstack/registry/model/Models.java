package io.bitstack.registry.model;

import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.util.List;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Registers and finds models. */
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
        if (models.existsByName(name)) {
            throw exists(name);
        }
        try {
            Model model = models.saveAndFlush(new Model(name, description));
            audit.record(principal, "model.register", name);
            return model;
        } catch (DataIntegrityViolationException e) {
            throw exists(name);
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
        return models.findByName(name).orElseThrow(() -> notFound(name));
    }

    /** The model, locked until the transaction ends: whoever numbers its versions or moves its aliases is alone. */
    @Transactional
    public Model lock(String name) {
        return models.lockByName(name).orElseThrow(() -> notFound(name));
    }

    private static ApiException notFound(String name) {
        return new ApiException(ErrorCode.MODEL_NOT_FOUND, "there is no model '%s'; register it first".formatted(name));
    }

    @Transactional(readOnly = true)
    public List<Model> list(String after, int limit) {
        return models.findByNameGreaterThanOrderByName(after, Limit.of(limit));
    }
}
