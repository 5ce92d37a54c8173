package io.bitstack.registry.mlflow;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/** A version in MLflow's shape. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record MlflowVersion(
        String name,
        String version,
        long creationTimestamp,
        long lastUpdatedTimestamp,
        String userId,
        String currentStage,
        String description,
        String source,
        @Nullable String runId,
        @Nullable String runLink,
        String status,
        List<MlflowTag> tags,
        List<String> aliases) {
    /** The only status that is ever seen: a version is here whole or not at all. */
    static final String READY = "READY";

    /** In a document of its own. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Document(MlflowVersion modelVersion) {}

    /** Versions in a document of their own. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Documents(
            List<MlflowVersion> modelVersions, @Nullable String nextPageToken) {}
}
