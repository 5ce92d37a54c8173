package io.bitstack.registry.mlflow;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/** A registered model in MLflow's shape. */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record MlflowModel(
        String name,
        long creationTimestamp,
        long lastUpdatedTimestamp,
        String description,
        List<MlflowVersion> latestVersions,
        List<MlflowTag> tags,
        List<Alias> aliases) {
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Alias(String alias, String version) {}

    /** In a document of its own. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Document(MlflowModel registeredModel) {}

    /** Models in a document of their own. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Documents(
            List<MlflowModel> registeredModels, @Nullable String nextPageToken) {}
}
