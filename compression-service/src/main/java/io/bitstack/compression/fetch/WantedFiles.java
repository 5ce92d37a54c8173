package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.gguf.GgufPartName;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.safetensors.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Which of the files at a place make up a model. */
final class WantedFiles {
    private static final String WEIGHTS = ".safetensors";

    private WantedFiles() {}

    /** Whether a file has weights; all others are small. */
    static boolean isWeights(String name) {
        return name.endsWith(WEIGHTS) || name.endsWith(".gguf");
    }

    /**
     * Those of a model, small ones first.
     *
     * @param model what to call it in messages
     * @param gguf a GGUF file; without one the model is in Hugging Face layout
     * @throws CompressionException if there is no model
     */
    static List<String> of(String model, @Nullable String gguf, Set<String> files) {
        if (files.isEmpty() || (gguf != null && !files.contains(gguf))) {
            throw new CompressionException(ErrorCode.SOURCE_NOT_FOUND, "there is nothing at " + model);
        }
        if (gguf != null) {
            return parts(model, gguf, files);
        }
        List<String> wanted = new ArrayList<>(
                ModelSource.SMALL_FILES.stream().filter(files::contains).toList());
        boolean sharded = files.contains(Checkpoint.INDEX);
        if (sharded) {
            wanted.add(Checkpoint.INDEX);
        }
        files.stream()
                .filter(name -> sharded
                        ? name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors")
                        : name.equals("model.safetensors"))
                .forEach(wanted::add);
        if (!wanted.contains("config.json")) {
            throw new CompressionException(
                    ErrorCode.MODEL_CONFIG_MISSING, "%s has no config.json; name a GGUF file in it".formatted(model));
        }
        if (wanted.stream().noneMatch(name -> name.endsWith(WEIGHTS))) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_MISSING, "%s has no safetensors files; name a GGUF file in it".formatted(model));
        }
        return wanted;
    }

    /** A GGUF file, or all parts of a model that is split over several, as its name says. */
    private static List<String> parts(String model, String gguf, Set<String> files) {
        List<String> parts = GgufPartName.of(gguf).map(GgufPartName::all).orElse(List.of(gguf));
        List<String> missing =
                parts.stream().filter(part -> !files.contains(part)).toList();
        if (!missing.isEmpty()) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_MISSING,
                    "%s is split over %d files, of which it does not have %s"
                            .formatted(model, parts.size(), String.join(", ", missing)));
        }
        return parts;
    }

    /**
     * Every shard that the index names is one of the model's files.
     *
     * @throws CompressionException if not, or if the index cannot be read
     */
    static void requireShards(Path index, String model, List<RemoteFile> files, JsonMapper json) throws IOException {
        Set<String> named = new TreeSet<>();
        try {
            for (JsonNode shard : json.readTree(Files.readAllBytes(index)).path("weight_map")) {
                named.add(shard.asString(""));
            }
        } catch (JacksonException e) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_INVALID, "%s of %s is not JSON".formatted(Checkpoint.INDEX, model), e);
        }
        files.forEach(file -> named.remove(file.name()));
        if (!named.isEmpty()) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_INVALID,
                    "%s names shards that %s does not have: %s".formatted(Checkpoint.INDEX, model, named));
        }
    }
}
