package io.bitstack.core.model;

import io.bitstack.core.gguf.GgufFile;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.source.ModelDirectory;
import io.bitstack.core.source.ModelFile;
import io.bitstack.core.source.ModelFiles;
import io.bitstack.core.tokenizer.GgufTokenizer;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a model is read from: a directory in Hugging Face layout, or a GGUF file (or one of the parts it is split over) that stands for such a directory.
 * The weights may lie elsewhere than on this machine. Nothing of it is open.
 */
public final class ModelSource {
    /** What a node needs of a directory beside the weights; those that are not there are left out. */
    public static final List<String> SMALL_FILES = List.of(
            "config.json",
            "generation_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja");

    private static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";

    private final Path directory;
    private final ModelFiles weights;
    private final @Nullable String gguf;

    private ModelSource(Path directory, ModelFiles weights, @Nullable String gguf) {
        this.directory = directory;
        this.weights = weights;
        this.gguf = gguf;
    }

    /** A directory or a GGUF file of this machine, which it is by its content; it need not be there. */
    public static ModelSource at(Path path) {
        return GgufFile.isGguf(path)
                ? ofGguf(ModelDirectory.of(path), path.getFileName().toString())
                : new ModelSource(path, new ModelDirectory(path), null);
    }

    /**
     * A model in Hugging Face layout whose weights may lie elsewhere.
     *
     * @param directory has all other files
     */
    public static ModelSource of(Path directory, ModelFiles weights) {
        return new ModelSource(directory, weights, null);
    }

    /** A GGUF file that may lie elsewhere, or one of the parts of a model. */
    public static ModelSource ofGguf(ModelFiles files, String name) {
        return new ModelSource(Path.of(""), files, name);
    }

    /** Whether a path is a GGUF file, by its content. */
    public static boolean isGguf(Path path) {
        return GgufFile.isGguf(path);
    }

    /** The file itself, or all parts of the model that it is a part of. @throws io.bitstack.core.gguf.GgufException if they are wrong */
    public static List<Path> ggufFiles(Path gguf) {
        try (GgufFile file = GgufFile.open(gguf)) {
            return file.names().stream().map(gguf::resolveSibling).toList();
        }
    }

    /** The shape of the model. @throws ModelException if config.json is not there, wrong, or of a kind that is not supported */
    public ModelConfig config() {
        if (gguf == null) {
            return ConfigParser.read(directory);
        }
        try (GgufFile file = GgufFile.open(weights, gguf)) {
            return ModelConfig.parse(GgufConfig.json(file));
        }
    }

    /** @throws io.bitstack.core.tokenizer.TokenizerException if it is not there, or asks for something unsupported */
    public Tokenizer tokenizer() throws IOException {
        if (gguf == null) {
            return Tokenizer.read(directory);
        }
        try (GgufFile file = GgufFile.open(weights, gguf)) {
            return Tokenizer.parse(GgufTokenizer.tokenizerJson(file.metadata()));
        }
    }

    /**
     * The tensors, by their Hugging Face names and in that layout's order of rows; quantised ones are converted as they are read.
     *
     * @throws io.bitstack.core.safetensors.SafetensorsException if the files of a directory are wrong
     * @throws io.bitstack.core.gguf.GgufException if a GGUF file is wrong or holds another kind of model
     */
    public Checkpoint open() {
        if (gguf == null) {
            return Checkpoint.open(directory, weights);
        }
        GgufFile file = GgufFile.open(weights, gguf);
        try {
            ModelConfig config = ModelConfig.parse(GgufConfig.json(file));
            return Checkpoint.of(toString(), GgufLayout.tensors(file, config), file.sizeBytes(), file::close);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * What a node needs beside the weights, by name and in an order of its own: config.json, tokenizer.json, tokenizer_config.json with the chat
     * template, and what else a directory has of the kind. What a GGUF file stands for is made of its metadata; the same file always gives the same bytes.
     *
     * @throws io.bitstack.core.gguf.GgufException if the file is wrong or holds another kind of model or tokenizer
     */
    public Map<String, byte[]> smallFiles() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        if (gguf == null) {
            for (String name : SMALL_FILES) {
                Path file = directory.resolve(name);
                if (Files.isRegularFile(file)) {
                    files.put(name, Files.readAllBytes(file));
                }
            }
            return files;
        }
        try (GgufFile file = GgufFile.open(weights, gguf)) {
            files.put(CONFIG, GgufConfig.json(file).getBytes(StandardCharsets.UTF_8));
            files.put(TOKENIZER, GgufTokenizer.tokenizerJson(file.metadata()));
            files.put(TOKENIZER_CONFIG, GgufTokenizer.configJson(file.metadata()));
            return files;
        }
    }

    /** The names of the files that make the model what it is: config.json and all safetensors files by name, or the GGUF files in order. */
    public List<String> contentFiles() throws IOException {
        if (gguf == null) {
            return Stream.concat(
                            Stream.of(CONFIG), weights.names().stream().filter(name -> name.endsWith(".safetensors")))
                    .sorted()
                    .toList();
        }
        try (GgufFile file = GgufFile.open(weights, gguf)) {
            return file.names();
        }
    }

    /** Opens one of {@link #contentFiles()}. */
    public ModelFile openContent(String name) throws IOException {
        return name.equals(CONFIG) ? new ModelDirectory(directory).open(name) : weights.open(name);
    }

    public boolean isGguf() {
        return gguf != null;
    }

    /** The path, or what else to call it. */
    @Override
    public String toString() {
        String place = weights.place();
        return gguf == null ? place : place.isEmpty() ? gguf : place + "/" + gguf;
    }
}
