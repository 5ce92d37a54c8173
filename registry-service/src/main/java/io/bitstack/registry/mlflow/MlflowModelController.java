package io.bitstack.registry.mlflow;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.bitstack.registry.Caller;
import io.bitstack.registry.catalog.ModelTags;
import io.bitstack.registry.model.Models;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/** MLflow's routes of registered models. */
@RestController
@RequestMapping("/api/2.0/mlflow/registered-models")
class MlflowModelController {
    private static final int LONGEST_DESCRIPTION = 2000;

    private final Models models;
    private final ModelTags tags;
    private final MlflowWrites writes;
    private final MlflowCatalog catalog;

    MlflowModelController(Models models, ModelTags tags, MlflowWrites writes, MlflowCatalog catalog) {
        this.models = models;
        this.tags = tags;
        this.writes = writes;
        this.catalog = catalog;
    }

    /** What the bodies of these routes can hold; each route reads its part, and members of later MLflows are passed over. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Body(
            @Nullable String name,
            @Nullable String newName,
            @Nullable String description,
            @Nullable List<MlflowTag> tags,
            @Nullable String key,
            @Nullable String value,
            @Nullable List<String> stages) {
        String requiredName() {
            return Wanted.text("name", name);
        }
    }

    @PostMapping("/create")
    MlflowModel.Document create(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        String description = Wanted.text("description", body.description(), LONGEST_DESCRIPTION);
        writes.register(body.requiredName(), description, MlflowTag.map(body.tags()), principal);
        return document(body.requiredName());
    }

    @PostMapping("/rename")
    MlflowModel.Document rename(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        String newName = Wanted.text("new_name", body.newName());
        models.change(body.requiredName(), newName, null, principal);
        return document(newName);
    }

    @PatchMapping("/update")
    MlflowModel.Document update(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        String description = Wanted.text("description", body.description(), LONGEST_DESCRIPTION);
        models.change(body.requiredName(), null, description, principal);
        return document(body.requiredName());
    }

    @DeleteMapping("/delete")
    Map<String, String> delete(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        models.condemn(body.requiredName(), principal);
        return Map.of();
    }

    @GetMapping("/get")
    MlflowModel.Document get(@RequestParam(required = false) @Nullable String name) {
        return document(Wanted.text("name", name));
    }

    @GetMapping("/search")
    MlflowModel.Documents search(
            @RequestParam(required = false) @Nullable String filter,
            @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
            @RequestParam(name = "order_by", required = false) @Nullable List<String> orderBy,
            @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
        MlflowCatalog.Found<MlflowModel> page = catalog.models(
                filter,
                Objects.requireNonNullElse(orderBy, List.of()),
                Wanted.results(maxResults, 100, 1000),
                pageToken);
        return new MlflowModel.Documents(page.items(), page.nextPageToken());
    }

    @PostMapping("/get-latest-versions")
    MlflowVersion.Documents latest(@RequestBody Body body) {
        return latest(body.requiredName(), body.stages());
    }

    @GetMapping("/get-latest-versions")
    MlflowVersion.Documents latest(
            @RequestParam(required = false) @Nullable String name,
            @RequestParam(required = false) @Nullable List<String> stages) {
        catalog.model(Wanted.text("name", name));
        List<String> wanted = stages == null || stages.isEmpty()
                ? MlflowOrder.STAGES
                : stages.stream().map(stage -> MlflowWrites.stage(stage).text()).toList();
        return new MlflowVersion.Documents(catalog.latest(Wanted.text("name", name), wanted), null);
    }

    @PostMapping("/set-tag")
    Map<String, String> setTag(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        tags.set(body.requiredName(), MlflowTag.map(List.of(new MlflowTag(body.key(), body.value()))), principal);
        return Map.of();
    }

    @DeleteMapping("/delete-tag")
    Map<String, String> deleteTag(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        tags.remove(body.requiredName(), Wanted.text("key", body.key()), principal);
        return Map.of();
    }

    private MlflowModel.Document document(String name) {
        return new MlflowModel.Document(catalog.model(name));
    }
}
