package io.bitstack.registry.version;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.stack.Stack;
import io.bitstack.registry.stack.StackView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A version as clients see it; the stack's members stand beside its own and are left out for a draft without one.
 *
 * @param tags what people wrote on it; left out if nothing
 * @param curve measured quality by size; only where one version is asked for, like the lineage
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VersionView(
        String model,
        int version,
        VersionState state,
        @JsonUnwrapped @Nullable StackView stack,
        @Nullable String description,
        @Nullable String source,
        @Nullable String runId,
        @Nullable String job,
        @Nullable Map<String, String> tags,
        String createdBy,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant condemnedAt,
        @Nullable List<StackManifest.CurvePoint> curve,
        StackManifest.@Nullable Lineage lineage,
        @Nullable Map<String, String> parameters) {

    /** In short and without tags, to stand within something else. */
    public static VersionView of(Version version) {
        return of(version, Map.of(), null);
    }

    static VersionView of(Version version, Map<String, String> tags, @Nullable StackManifest manifest) {
        Stack stack = version.stackIfAny();
        Origin origin = version.origin();
        return new VersionView(
                version.model().name(),
                version.number(),
                version.state(),
                stack == null ? null : stack.view(),
                version.description().isEmpty() ? null : version.description(),
                origin.source(),
                origin.runId(),
                origin.job(),
                tags.isEmpty() ? null : tags,
                version.createdBy(),
                version.createdAt(),
                version.updatedAt(),
                version.condemnedAt(),
                manifest == null ? null : manifest.curve(),
                manifest == null ? null : manifest.lineage(),
                manifest == null ? null : manifest.codec().parameters());
    }
}
