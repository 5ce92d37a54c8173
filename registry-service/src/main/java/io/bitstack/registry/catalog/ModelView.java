package io.bitstack.registry.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.version.AliasView;
import io.bitstack.registry.version.VersionView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model as clients see it.
 *
 * @param tags left out if nobody wrote any
 * @param newest left out until a version is published
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ModelView(
        String name,
        String description,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Map<String, String> tags,
        @Nullable VersionView newest,
        List<AliasView> aliases) {}
