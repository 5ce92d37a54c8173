package io.bitstack.registry.rollout;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * What changed nodes must be like for the next step to come. They must be ready and settled in any case.
 *
 * @param timeoutSeconds how long nodes may take to be so; 300 if left out
 * @param soakSeconds how long they must stay so; 30 if left out
 * @param maxErrorRate of the requests that ended since a node was changed, at most such a share failed; 0.02 if left out
 * @param minTokensPerSecondRatio of the mean of the nodes that are not changed yet; not looked at if left out
 * @param probeText on which nodes measure their perplexity
 * @param maxPerplexity on the probe text
 * @param maxPerplexityRatio to the perplexity before the change
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Gate(
        @Nullable @Min(1) @Max(86_400) Integer timeoutSeconds,
        @Nullable @Min(0) @Max(86_400) Integer soakSeconds,
        @Nullable @DecimalMin("0") @DecimalMax("1") Double maxErrorRate,
        @Nullable @DecimalMin("0") @DecimalMax("10") Double minTokensPerSecondRatio,
        @Nullable @Size(min = 16, max = 8192) String probeText,
        @Nullable @DecimalMin("1") Double maxPerplexity,
        @Nullable @DecimalMin("0.5") Double maxPerplexityRatio) {

    /** With every default said. */
    Gate filled() {
        boolean measures = maxPerplexity != null || maxPerplexityRatio != null;
        if (measures != (probeText != null)) {
            throw new ApiException(ErrorCode.ROLLOUT_INVALID, "a bound of perplexity and a probe text need each other");
        }
        return new Gate(
                timeoutSeconds == null ? Integer.valueOf(300) : timeoutSeconds,
                soakSeconds == null ? Integer.valueOf(30) : soakSeconds,
                maxErrorRate == null ? Double.valueOf(0.02) : maxErrorRate,
                minTokensPerSecondRatio,
                probeText,
                maxPerplexity,
                maxPerplexityRatio);
    }

    static Gate defaults() {
        return new Gate(null, null, null, null, null, null, null).filled();
    }

    int timeout() {
        return timeoutSeconds == null ? 300 : timeoutSeconds;
    }

    int soak() {
        return soakSeconds == null ? 30 : soakSeconds;
    }

    double errorRate() {
        return maxErrorRate == null ? 0.02 : maxErrorRate;
    }
}
