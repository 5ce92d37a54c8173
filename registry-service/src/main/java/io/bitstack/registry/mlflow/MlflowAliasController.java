package io.bitstack.registry.mlflow;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.bitstack.registry.Caller;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.version.Aliases;
import io.bitstack.service.ApiException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** MLflow's routes of aliases. */
@RestController
@RequestMapping("/api/2.0/mlflow/registered-models/alias")
class MlflowAliasController {
    private final Aliases aliases;
    private final MlflowCatalog catalog;

    MlflowAliasController(Aliases aliases, MlflowCatalog catalog) {
        this.aliases = aliases;
        this.catalog = catalog;
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Body(
            @Nullable String name,
            @Nullable String alias,
            @Nullable String version) {}

    @PostMapping
    Map<String, String> set(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        aliases.point(
                Wanted.text("name", body.name()),
                Wanted.text("alias", body.alias()),
                Wanted.version(body.version()),
                null,
                false,
                principal);
        return Map.of();
    }

    /** MLflow answers that an alias is gone whether or not it was there. */
    @DeleteMapping
    Map<String, String> delete(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        try {
            aliases.remove(Wanted.text("name", body.name()), Wanted.text("alias", body.alias()), null, principal);
        } catch (ApiException e) {
            if (e.code() != ErrorCode.ALIAS_NOT_FOUND) {
                throw e;
            }
        }
        return Map.of();
    }

    @GetMapping
    MlflowVersion.Document get(
            @RequestParam(required = false) @Nullable String name,
            @RequestParam(required = false) @Nullable String alias) {
        String model = Wanted.text("name", name);
        String wanted = Wanted.text("alias", alias);
        catalog.model(model);
        try {
            return new MlflowVersion.Document(
                    catalog.version(model, aliases.get(model, wanted).version()));
        } catch (ApiException e) {
            if (e.code() == ErrorCode.ALIAS_NOT_FOUND) {
                // As MLflow has it: a name that nobody gave is a bad parameter.
                throw MlflowException.invalid("Registered model alias %s not found.".formatted(wanted));
            }
            throw e;
        }
    }
}
