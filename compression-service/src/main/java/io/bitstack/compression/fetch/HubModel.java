package io.bitstack.compression.fetch;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model on the hub.
 *
 * @param repository {@code owner/name}, or {@code name} alone
 * @param revision a branch, tag or commit; once it is pinned, a commit
 * @param file a GGUF file in it; without one the model is in Hugging Face layout
 */
public record HubModel(
        @NotNull @Pattern(regexp = HubModel.SEGMENT + "(/" + HubModel.SEGMENT + ")?")
        String repository,

        @Nullable @Pattern(regexp = HubModel.SEGMENT + "(/" + HubModel.SEGMENT + "){0,3}")
        String revision,

        @Nullable @Pattern(regexp = "(" + HubModel.SEGMENT + "/){0,3}" + HubModel.SEGMENT + "\\.gguf")
        String file) {
    /** No segment is "." or "..", or begins like an option. */
    static final String SEGMENT = "[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}";

    String revisionOrMain() {
        return revision == null ? "main" : revision;
    }

    HubModel at(String commit) {
        return new HubModel(repository, commit, file);
    }

    @Override
    public String toString() {
        return "hub:%s@%s%s".formatted(repository, revisionOrMain(), file == null ? "" : ":" + file);
    }
}
