package io.bitstack.registry.version;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.stack.StackView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A version as clients see it; the stack's members stand beside its own.
 *
 * @param curve measured quality by size; only where one version is asked for, like the lineage
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VersionView(
        String model,
        int version,
        @JsonUnwrapped StackView stack,
        String createdBy,
        Instant createdAt,
        @Nullable List<StackManifest.CurvePoint> curve,
        StackManifest.@Nullable Lineage lineage,
        @Nullable Map<String, String> parameters) {

    /** In short, for lists. */
    public static VersionView of(Version version) {
        return new VersionView(
                version.model().name(),
                version.number(),
                version.stack().view(),
                version.createdBy(),
                version.createdAt(),
                null,
                null,
                null);
    }

    static VersionView of(Version version, StackManifest manifest) {
        return new VersionView(
                version.model().name(),
                version.number(),
                version.stack().view(),
                version.createdBy(),
                version.createdAt(),
                manifest.curve(),
                manifest.lineage(),
                manifest.codec().parameters());
    }
}
