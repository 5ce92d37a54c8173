package io.bitstack.compression.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.Map;
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
        @Nullable @Min(16) @Max(32768) Integer contextTokens,

        @Nullable @Pattern(regexp = "kl|proxy|perplexity|index|random")
        String order) {

    record Source(@NotBlank @Size(max = 4096) String path) {}

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

    int contextTokensOrDefault() {
        return contextTokens == null ? CompressionRequest.DEFAULT_CONTEXT_TOKENS : contextTokens;
    }

    OrderMode orderOrDefault() {
        return order == null ? OrderMode.defaultFor(codecOrDefault()) : OrderMode.named(order);
    }
}
