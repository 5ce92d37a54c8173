package io.bitstack.compression.source;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelException;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/** Checks models and reads texts, all below the allowed directories. Writes nothing. */
@Component
public class Sources {
    /** Longest text file that is read for calibration or evaluation. */
    public static final long MAX_TEXT_BYTES = 64L << 20;

    private static final String TOKENIZER = "tokenizer.json";

    /** Told which tensor is being read. */
    public interface TensorListener {
        void tensor(int done, int total, String name);
    }

    private final AllowedPaths paths;

    Sources(AllowedPaths paths) {
        this.paths = paths;
    }

    /**
     * Checks everything that headers tell: config.json, architecture, tokenizer, tiling of the files, every tensor's presence and
     * shape. Takes moments, since no weight is read.
     */
    public CheckedSource check(String path) {
        return check(model(path));
    }

    /** The same of a directory or a GGUF file that {@link #model} found or that was uploaded. */
    public CheckedSource check(Path model) {
        return check(ModelSource.at(model));
    }

    /** The same of a model wherever it lies. */
    public CheckedSource check(ModelSource model) {
        try {
            ModelConfig config = model.config();
            requireTokenizer(model);
            try (Checkpoint checkpoint = model.open()) {
                for (MatrixSpec matrix : config.matrices()) {
                    checkpoint.requireShape(matrix.name(), List.of(matrix.rows(), matrix.columns()));
                }
                for (VectorSpec vector : config.vectors()) {
                    checkpoint.requireShape(vector.name(), List.of(vector.length()));
                }
                return new CheckedSource(
                        model.toString(),
                        config.architecture(),
                        config.toManifest().weights(),
                        checkpoint.names().size(),
                        checkpoint.sizeBytes());
            }
        } catch (RuntimeException e) {
            throw SourceErrors.translated(e);
        }
    }

    private static void requireTokenizer(ModelSource model) {
        Map<String, byte[]> files;
        try {
            files = model.smallFiles();
        } catch (IOException e) {
            throw unreadable(model, e);
        }
        if (!files.containsKey(TOKENIZER)) {
            throw new CompressionException(
                    ErrorCode.TOKENIZER_MISSING,
                    "%s has no %s; export the model with its fast tokenizer".formatted(model, TOKENIZER));
        }
    }

    /**
     * Reads every weight once and refuses those that are not finite numbers.
     *
     * @throws CancellationException if {@code cancelled} says yes between two tensors
     */
    public void requireFinite(ModelSource model, TensorListener listener, BooleanSupplier cancelled) {
        try (Checkpoint checkpoint = model.open()) {
            int done = 0;
            for (String name : checkpoint.names()) {
                if (cancelled.getAsBoolean()) {
                    throw new CancellationException();
                }
                listener.tensor(done, checkpoint.names().size(), name);
                checkpoint.requireFinite(name);
                done++;
            }
        } catch (RuntimeException e) {
            throw SourceErrors.translated(e);
        }
    }

    /** The real path of a model: a directory in Hugging Face layout, or a GGUF file. */
    public Path model(String path) {
        Path model = paths.resolve(path);
        if (Files.isDirectory(model)) {
            paths.requireContained(model);
        } else if (!isGguf(model)) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_MISSING,
                    model + " is neither a directory with safetensors files nor a GGUF file");
        } else {
            // The other parts are opened too, and may be links to somewhere else.
            ggufFiles(model).forEach(part -> paths.resolve(part.toString()));
        }
        return model;
    }

    private static List<Path> ggufFiles(Path file) {
        try {
            return ModelSource.ggufFiles(file);
        } catch (RuntimeException e) {
            throw SourceErrors.translated(e);
        }
    }

    private static boolean isGguf(Path file) {
        try {
            return ModelSource.isGguf(file);
        } catch (RuntimeException e) {
            throw SourceErrors.translated(e);
        }
    }

    /** Multiple-choice tasks, one JSON object a line, as docs/EVALUATION.md says. */
    public List<ChoiceTask> tasks(String path) {
        Path file = textFile(path);
        return tasks(file.toString(), bytes(file));
    }

    /** The same of a file's content. */
    public List<ChoiceTask> tasks(String name, byte[] content) {
        try {
            return ChoiceTask.parse(utf8(name, content));
        } catch (ModelException e) {
            throw new CompressionException(ErrorCode.TEXT_INVALID, "%s: %s".formatted(name, e.getMessage()), e);
        }
    }

    /** A whole text file, which has to be UTF-8; of a {@code .jsonl} file the texts of its lines, with a blank line between. */
    public String text(String path) {
        Path file = textFile(path);
        return text(file.toString(), bytes(file));
    }

    /** The same of a file's content. */
    public String text(String name, byte[] content) {
        String text = utf8(name, content);
        return name.endsWith(".jsonl") ? JsonLines.texts(text, name.substring(name.lastIndexOf('/') + 1)) : text;
    }

    /** The sha-256 of a text file's bytes. */
    public Digest textDigest(String path) {
        Path file = textFile(path);
        MessageDigest digest = Digest.newMessageDigest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return Digest.ofHash(digest.digest());
    }

    private static CompressionException unreadable(Object what, IOException e) {
        return new CompressionException(
                ErrorCode.STORAGE_FAILED, "%s cannot be read: %s".formatted(what, e.getMessage()), e);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static String utf8(String name, byte[] content) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CompressionException(ErrorCode.TEXT_INVALID, name + " is not UTF-8 text", e);
        }
    }

    /** Checks that there is a text file of acceptable length, without reading it. */
    public Path textFile(String path) {
        Path file = paths.resolve(path);
        if (!Files.isRegularFile(file)) {
            throw new CompressionException(ErrorCode.SOURCE_NOT_FOUND, file + " is not a file");
        }
        try {
            long sizeBytes = Files.size(file);
            if (sizeBytes > MAX_TEXT_BYTES) {
                throw new CompressionException(
                        ErrorCode.TEXT_INVALID,
                        "%s has %d bytes; at most %d are read".formatted(file, sizeBytes, MAX_TEXT_BYTES));
            }
            if (sizeBytes == 0) {
                throw new CompressionException(
                        ErrorCode.TEXT_INVALID, file + " is empty; give a file with text in it, or none");
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return file;
    }
}
