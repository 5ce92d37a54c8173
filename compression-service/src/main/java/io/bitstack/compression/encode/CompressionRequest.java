package io.bitstack.compression.encode;

import io.bitstack.compression.source.BuiltInText;
import io.bitstack.core.model.ModelSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What to compress and how.
 *
 * @param model a checkpoint in Hugging Face layout, or a GGUF file
 * @param codec {@code nested} or {@code iabd}
 * @param parameters codec parameters that differ from the defaults
 * @param calibrationText text whose activations weigh the errors; without one the model writes its own
 * @param evaluationText held-out text that the curve is measured on; without one {@link BuiltInText#heldOut()}
 * @param contextTokens tokens of a calibration or evaluation window
 * @param origin what the lineage says beside all this, by name: the model's revision, the digest of its tasks
 */
public record CompressionRequest(
        ModelSource model,
        String codec,
        Map<String, String> parameters,
        @Nullable String calibrationText,
        @Nullable String evaluationText,
        int contextTokens,
        OrderMode order,
        Map<String, String> origin) {
    public static final String DEFAULT_CODEC = "nested";
    public static final int DEFAULT_CONTEXT_TOKENS = 256;

    public CompressionRequest {
        parameters = new TreeMap<>(parameters);
        origin = new TreeMap<>(origin);
    }

    /** Of files of this machine, with nothing else to say about them. */
    public CompressionRequest(
            Path model,
            String codec,
            Map<String, String> parameters,
            @Nullable String calibrationText,
            @Nullable String evaluationText,
            int contextTokens,
            OrderMode order) {
        this(ModelSource.at(model), codec, parameters, calibrationText, evaluationText, contextTokens, order, Map.of());
    }

    /** The text that the curve is measured on. */
    String evaluation() {
        return evaluationText == null ? BuiltInText.heldOut() : evaluationText;
    }
}
