package io.bitstack.compression.fetch;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model in a bucket.
 *
 * @param prefix what the keys of its files begin with, without the slash before their names
 * @param file a GGUF file below it; without one the model is in Hugging Face layout
 */
public record S3Model(
        @NotNull @Pattern(regexp = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
        String bucket,

        @NotNull @Pattern(regexp = "(" + HubModel.SEGMENT + "/){0,15}" + HubModel.SEGMENT)
        String prefix,

        @Nullable @Pattern(regexp = HubModel.SEGMENT + "\\.gguf")
        String file) {
    @Override
    public String toString() {
        return "s3:%s/%s%s".formatted(bucket, prefix, file == null ? "" : "/" + file);
    }
}
