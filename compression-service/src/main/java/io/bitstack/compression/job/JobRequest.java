package io.bitstack.compression.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.fetch.HubModel;
import io.bitstack.compression.fetch.S3Model;
import io.bitstack.compression.upload.UploadReference;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a client asks for; kept as it came, since a restarted job reads it again. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record JobRequest(
        @NotNull @Pattern(regexp = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
        String model,

        @NotNull @Valid Source source,
        @Nullable @Size(max = 32) String codec,
        @Nullable @Size(max = 64) Map<@Size(max = 64) String, @NotNull @Size(max = 256) String> parameters,
        @Nullable @Size(max = 4 << 20) String calibrationText,
        @Nullable @Size(max = 4096) String calibrationPath,

        @Nullable @Pattern(regexp = "built-in|own") String calibrationChoice,

        @Nullable @Size(max = 4096) String evaluationPath,
        @Nullable @Size(max = 4096) String tasksPath,
        @Nullable @Min(16) @Max(32768) Integer contextTokens,

        @Nullable @Pattern(regexp = "kl|proxy|perplexity|index|random")
        String order,

        @Nullable @Min(-100) @Max(100) Integer priority) {

    /**
     * Where the model is; one of these.
     *
     * @param path a directory or GGUF file below an allowed directory
     * @param hub a model on the configured hub
     * @param s3 a model in a bucket, below an allowed prefix
     * @param upload a complete upload
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Source(
            @Nullable @Size(min = 1, max = 4096) String path,
            @Nullable @Valid HubModel hub,
            @Nullable @Valid S3Model s3,
            @Nullable UUID upload) {
        @AssertTrue(message = "needs one of path, hub, s3 and upload")
        boolean isPlace() {
            return Stream.of(path == null, hub == null, s3 == null, upload == null)
                            .filter(absent -> !absent)
                            .count()
                    == 1;
        }

        /** A path, as a source. */
        static Source of(String path) {
            return new Source(path, null, null, null);
        }

        @Override
        public String toString() {
            return upload != null ? "upload " + upload : String.valueOf(path != null ? path : hub != null ? hub : s3);
        }
    }

    /** The same request for another place. */
    JobRequest from(Source place) {
        return new JobRequest(
                model,
                place,
                codec,
                parameters,
                calibrationText,
                calibrationPath,
                calibrationChoice,
                evaluationPath,
                tasksPath,
                contextTokens,
                order,
                priority);
    }

    @AssertTrue(message = "is given twice: send one of calibrationText, calibrationPath and calibrationChoice")
    boolean isCalibration() {
        return Stream.of(calibrationText, calibrationPath, calibrationChoice)
                        .filter(Objects::nonNull)
                        .count()
                <= 1;
    }

    /** Texts that are named by path or upload. */
    List<String> texts() {
        return Stream.of(calibrationPath, evaluationPath, tasksPath)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Uploads that it names, in an order that everybody locks them in. */
    Set<UUID> uploads() {
        Set<UUID> named = new TreeSet<>();
        if (source.upload() != null) {
            named.add(source.upload());
        }
        texts().forEach(text ->
                UploadReference.parse(text).map(UploadReference::upload).ifPresent(named::add));
        return named;
    }

    String codecOrDefault() {
        return codec == null ? CompressionRequest.DEFAULT_CODEC : codec;
    }

    Map<String, String> parametersOrNone() {
        return parameters == null ? Map.of() : parameters;
    }

    int priorityOrDefault() {
        return priority == null ? 0 : priority;
    }

    int contextTokensOrDefault() {
        return contextTokens == null ? CompressionRequest.DEFAULT_CONTEXT_TOKENS : contextTokens;
    }

    OrderMode orderOrDefault() {
        return order == null ? OrderMode.defaultFor(codecOrDefault()) : OrderMode.named(order);
    }
}
