package io.bitstack.compression.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.fetch.HubModel;
import io.bitstack.compression.fetch.S3Model;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.Map;
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
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Source(
            @Nullable @Size(min = 1, max = 4096) String path,
            @Nullable @Valid HubModel hub,
            @Nullable @Valid S3Model s3) {
        @AssertTrue(message = "needs one of path, hub and s3")
        boolean isPlace() {
            return Stream.of(path == null, hub == null, s3 == null)
                            .filter(absent -> !absent)
                            .count()
                    == 1;
        }

        /** A path, as a source. */
        static Source of(String path) {
            return new Source(path, null, null);
        }

        @Override
        public String toString() {
            return String.valueOf(path != null ? path : hub != null ? hub : s3);
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
                evaluationPath,
                tasksPath,
                contextTokens,
                order,
                priority);
    }

    @AssertTrue(message = "is given twice: send calibrationText or calibrationPath, not both")
    boolean isCalibration() {
        return calibrationText == null || calibrationPath == null;
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
