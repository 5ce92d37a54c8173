package io.bitstack.core.model;

import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.tokenizer.GgufTokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Where a model is read from: a directory in Hugging Face layout, or a GGUF file (or one of the parts it is split over) that stands for such a directory. */
public final class ModelSource {
    private ModelSource() {}

    /** Whether a path is a GGUF file, by its content. */
    public static boolean isGguf(Path path) {
        return GgufFile.isGguf(path);
    }

    /** The file itself, or all parts of the model that it is a part of. @throws io.bitstack.core.gguf.GgufException if they are wrong */
    public static List<Path> ggufFiles(Path gguf) {
        try (GgufFile file = GgufFile.open(gguf)) {
            return file.paths();
        }
    }

    /**
     * The tensors, by their Hugging Face names and in that layout's order of rows; quantised ones are converted as they are read.
     *
     * @throws io.bitstack.core.safetensors.SafetensorsException if the files of a directory are wrong
     * @throws io.bitstack.core.gguf.GgufException if a GGUF file is wrong or holds another kind of model
     */
    public static Checkpoint open(Path path) {
        if (!isGguf(path)) {
            return Checkpoint.open(path);
        }
        GgufFile file = GgufFile.open(path);
        try {
            ModelConfig config = ModelConfig.parse(GgufConfig.json(file));
            return Checkpoint.of(path, GgufLayout.tensors(file, config), file.sizeBytes(), file::close);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * What a Hugging Face directory of the model in a GGUF file would have beside the weights, by name: config.json,
     * tokenizer.json and tokenizer_config.json, the last with the chat template. The same file always gives the same bytes.
     *
     * @throws io.bitstack.core.gguf.GgufException if the file is wrong or holds another kind of model or tokenizer
     */
    public static SortedMap<String, byte[]> files(Path gguf) {
        try (GgufFile file = GgufFile.open(gguf)) {
            SortedMap<String, byte[]> files = new TreeMap<>();
            files.put("config.json", GgufConfig.json(file).getBytes(StandardCharsets.UTF_8));
            files.put("tokenizer.json", GgufTokenizer.tokenizerJson(file.metadata()));
            files.put("tokenizer_config.json", GgufTokenizer.configJson(file.metadata()));
            return files;
        }
    }
}
