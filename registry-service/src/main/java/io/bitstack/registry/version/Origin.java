package io.bitstack.registry.version;

import org.jspecify.annotations.Nullable;

/** Where a version came from, in the words of whoever registered it. */
public record Origin(
        @Nullable String source,
        @Nullable String runId,
        @Nullable String runLink,
        @Nullable String job) {
    public static final Origin NONE = new Origin(null, null, null, null);
}
