package io.bitstack.compression.encode;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What to compress and how.
 *
 * @param modelDirectory a checkpoint in Hugging Face layout, or a GGUF file
 * @param codec {@code nested} or {@code iabd}
 * @param parameters codec parameters that differ from the defaults
 * @param calibrationText text whose activations weigh the errors; without one the model writes its own
 * @param evaluationText held-out text that the curve is measured on; without one the calibration text is used
 * @param contextTokens tokens of a calibration or evaluation window
 */
public record CompressionRequest(
        Path modelDirectory,
        String codec,
        Map<String, String> parameters,
        @Nullable String calibrationText,
        @Nullable String evaluationText,
        int contextTokens,
        OrderMode order) {
    public static final String DEFAULT_CODEC = "nested";
    public static final int DEFAULT_CONTEXT_TOKENS = 256;

    public CompressionRequest {
        parameters = new TreeMap<>(parameters);
    }
}
