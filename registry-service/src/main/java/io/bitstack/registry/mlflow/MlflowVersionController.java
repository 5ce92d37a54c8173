package io.bitstack.registry.mlflow;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.bitstack.registry.Caller;
import io.bitstack.registry.version.Origin;
import io.bitstack.registry.version.VersionChanges;
import io.bitstack.registry.version.Versions;
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

/** MLflow's routes of model versions. */
@RestController
@RequestMapping("/api/2.0/mlflow/model-versions")
class MlflowVersionController {
    private static final int LONGEST_DESCRIPTION = 5000;
    /** MLflow lets clients ask for more; they get a token for the rest. */
    private static final int LARGEST_PAGE = 10_000;

    private final Versions versions;
    private final VersionChanges changes;
    private final MlflowWrites writes;
    private final MlflowCatalog catalog;

    MlflowVersionController(Versions versions, VersionChanges changes, MlflowWrites writes, MlflowCatalog catalog) {
        this.versions = versions;
        this.changes = changes;
        this.writes = writes;
        this.catalog = catalog;
    }

    /** What the bodies of these routes can hold; each route reads its part, and members of later MLflows are passed over. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Body(
            @Nullable String name,
            @Nullable String version,
            @Nullable String source,
            @Nullable String runId,
            @Nullable String runLink,
            @Nullable String description,
            @Nullable List<MlflowTag> tags,
            @Nullable String key,
            @Nullable String value,
            @Nullable String stage,
            @Nullable Boolean archiveExistingVersions) {
        String requiredName() {
            return Wanted.text("name", name);
        }

        int number() {
            return Wanted.version(version);
        }
    }

    /** Where a version's artifacts are. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Location(String artifactUri) {}

    @PostMapping("/create")
    MlflowVersion.Document create(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        Origin origin = new Origin(
                Wanted.text("source", Wanted.text("source", body.source()), 2000),
                emptyToNull(Wanted.text("run_id", body.runId(), 200)),
                emptyToNull(Wanted.text("run_link", body.runLink(), 2000)),
                null);
        int number = writes.create(
                body.requiredName(),
                origin,
                Wanted.text("description", body.description(), LONGEST_DESCRIPTION),
                MlflowTag.map(body.tags()),
                principal);
        return document(body.requiredName(), number);
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }

    @PatchMapping("/update")
    MlflowVersion.Document update(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        catalog.version(body.requiredName(), body.number());
        changes.describe(
                body.requiredName(),
                body.number(),
                Wanted.text("description", body.description(), LONGEST_DESCRIPTION),
                principal);
        return document(body.requiredName(), body.number());
    }

    @PostMapping("/transition-stage")
    MlflowVersion.Document transition(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        var stage = MlflowWrites.stage(body.stage());
        boolean archiveOthers = Boolean.TRUE.equals(body.archiveExistingVersions());
        if (archiveOthers && !stage.isActive()) {
            throw MlflowException.invalid("Model version transition cannot archive existing model versions because '%s'"
                            .formatted(stage.text())
                    + " is not an Active stage. Valid stages are ['Staging', 'Production']");
        }
        catalog.version(body.requiredName(), body.number());
        changes.enter(body.requiredName(), body.number(), stage, archiveOthers, principal);
        return document(body.requiredName(), body.number());
    }

    @DeleteMapping("/delete")
    Map<String, String> delete(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        catalog.version(body.requiredName(), body.number());
        writes.delete(body.requiredName(), body.number(), principal);
        return Map.of();
    }

    @GetMapping("/get")
    MlflowVersion.Document get(
            @RequestParam(required = false) @Nullable String name,
            @RequestParam(required = false) @Nullable String version) {
        return document(Wanted.text("name", name), Wanted.version(version));
    }

    @GetMapping("/get-download-uri")
    Location downloadUri(
            @RequestParam(required = false) @Nullable String name,
            @RequestParam(required = false) @Nullable String version) {
        MlflowVersion found = catalog.version(Wanted.text("name", name), Wanted.version(version));
        boolean hasStack =
                versions.require(found.name(), Wanted.version(version)).stackIfAny() != null;
        return new Location(hasStack ? MlflowSources.artifacts(found.name(), Wanted.version(version)) : found.source());
    }

    @GetMapping("/search")
    MlflowVersion.Documents search(
            @RequestParam(required = false) @Nullable String filter,
            @RequestParam(name = "max_results", required = false) @Nullable Integer maxResults,
            @RequestParam(name = "order_by", required = false) @Nullable List<String> orderBy,
            @RequestParam(name = "page_token", required = false) @Nullable String pageToken) {
        MlflowCatalog.Found<MlflowVersion> page = catalog.versions(
                filter,
                Objects.requireNonNullElse(orderBy, List.of()),
                Math.min(LARGEST_PAGE, Wanted.results(maxResults, LARGEST_PAGE, 200_000)),
                pageToken);
        return new MlflowVersion.Documents(page.items(), page.nextPageToken());
    }

    @PostMapping("/set-tag")
    Map<String, String> setTag(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        catalog.version(body.requiredName(), body.number());
        changes.setTags(
                body.requiredName(),
                body.number(),
                MlflowTag.map(List.of(new MlflowTag(body.key(), body.value()))),
                principal);
        return Map.of();
    }

    @DeleteMapping("/delete-tag")
    Map<String, String> deleteTag(
            @RequestBody Body body,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        catalog.version(body.requiredName(), body.number());
        changes.removeTag(body.requiredName(), body.number(), Wanted.text("key", body.key()), principal);
        return Map.of();
    }

    private MlflowVersion.Document document(String name, int number) {
        return new MlflowVersion.Document(catalog.version(name, number));
    }
}
