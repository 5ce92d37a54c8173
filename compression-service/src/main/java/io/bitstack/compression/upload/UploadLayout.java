package io.bitstack.compression.upload;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.gguf.GgufPartName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the files of an upload are, by their names.
 *
 * @param hasModel whether there is a model among them; else they are texts
 * @param gguf the file that the model is, or its first part, or null for Hugging Face layout
 */
record UploadLayout(boolean hasModel, @Nullable String gguf) {
    /** @throws CompressionException {@code WEIGHTS_INVALID} if there is more than one model, {@code MODEL_CONFIG_MISSING}, {@code TOKENIZER_MISSING} */
    static UploadLayout of(List<String> names) {
        List<String> gguf =
                names.stream().filter(name -> name.endsWith(".gguf")).sorted().toList();
        boolean hasTensors = names.stream().anyMatch(name -> name.endsWith(".safetensors"));
        if (gguf.isEmpty() && !hasTensors) {
            if (names.contains("config.json")) {
                throw new CompressionException(
                        ErrorCode.WEIGHTS_MISSING,
                        "there is a config.json but no safetensors file; send the weights too");
            }
            return new UploadLayout(false, null);
        }
        if (!gguf.isEmpty()) {
            if (hasTensors || !isOneModel(gguf)) {
                throw new CompressionException(
                        ErrorCode.WEIGHTS_INVALID,
                        "one upload holds one model: either a single GGUF file, all parts of one that is split (NAME-00001-of-00003.gguf) or safetensors files, not %s"
                                .formatted(names));
            }
            return new UploadLayout(true, gguf.getFirst());
        }
        if (!names.contains("config.json")) {
            throw new CompressionException(
                    ErrorCode.MODEL_CONFIG_MISSING, "the upload has no config.json; send it too");
        }
        if (!names.contains("tokenizer.json")) {
            throw new CompressionException(
                    ErrorCode.TOKENIZER_MISSING,
                    "the upload has no tokenizer.json; export the model with its fast tokenizer");
        }
        return new UploadLayout(true, null);
    }

    /** @param gguf sorted */
    private static boolean isOneModel(List<String> gguf) {
        return gguf.size() == 1
                || GgufPartName.of(gguf.getFirst()).map(GgufPartName::all).equals(Optional.of(gguf));
    }
}
