package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.*;

import io.bitstack.core.source.ModelDirectory;
import io.bitstack.core.source.ModelFile;
import io.bitstack.core.source.ModelFiles;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The tensors of a model by their Hugging Face names, read from where they lie: of {@code model.safetensors} or the shards that
 * {@code model.safetensors.index.json} names, or of another form that was made to look like one. Every header is checked when it
 * is opened; numbers are checked when they are read. Tensors it hands out die with {@link #close()}. Safe for use by many threads.
 */
public final class Checkpoint implements AutoCloseable {
    /** The file that says which shard has which tensor. */
    public static final String INDEX = "model.safetensors.index.json";

    private static final String SINGLE = "model.safetensors";
    private static final Pattern OTHER_FORMATS = Pattern.compile(".*\\.(bin|pt|pth|ckpt|gguf|h5|zip|tar|gz)");

    private final String place;
    private final Runnable whenClosed;
    private final List<ModelFile> files = new ArrayList<>();
    private final Map<String, StoredTensor> tensors = new TreeMap<>();
    private long sizeBytes;

    private Checkpoint(String place, Runnable whenClosed) {
        this.place = place;
        this.whenClosed = whenClosed;
    }

    /**
     * A checkpoint whose tensors are kept in another form.
     *
     * @param place what to call it in messages
     * @param sizeBytes bytes that hold the tensors
     * @param whenClosed frees what the tensors are read from
     */
    public static Checkpoint of(
            String place, Collection<? extends StoredTensor> tensors, long sizeBytes, Runnable whenClosed) {
        Checkpoint checkpoint = new Checkpoint(place, whenClosed);
        tensors.forEach(checkpoint::add);
        checkpoint.sizeBytes = sizeBytes;
        return checkpoint;
    }

    /**
     * Opens and checks a checkpoint directory.
     *
     * @throws SafetensorsException if it is not there, or anything about its files is wrong
     */
    public static Checkpoint open(Path directory) {
        return open(directory, new ModelDirectory(directory));
    }

    /**
     * Opens and checks a checkpoint whose weights may lie elsewhere.
     *
     * @param directory has the index of the shards, if there are several
     * @throws SafetensorsException if it is not there, or anything about its files is wrong
     */
    public static Checkpoint open(Path directory, ModelFiles weights) {
        Checkpoint checkpoint = new Checkpoint(weights.place(), () -> {});
        try {
            checkpoint.load(directory, weights);
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    private void load(Path directory, ModelFiles weights) {
        if (!Files.isDirectory(directory)) {
            throw new SafetensorsException(NOT_FOUND, "there is no directory " + directory);
        }
        if (Files.exists(directory.resolve(INDEX))) {
            loadShards(ShardIndex.read(directory.resolve(INDEX)), weights);
        } else if (weights.has(SINGLE)) {
            loadFile(SINGLE, weights);
        } else {
            refuseOtherFormats(weights);
        }
    }

    private void loadShards(Map<String, String> index, ModelFiles weights) {
        for (String shard : new TreeSet<>(index.values())) {
            if (!weights.has(shard)) {
                throw new SafetensorsException(
                        MISSING_SHARD, "%s names the shard %s, which is not in %s".formatted(INDEX, shard, place));
            }
            loadFile(shard, weights);
        }
        for (Map.Entry<String, String> entry : index.entrySet()) {
            StoredTensor tensor = tensors.get(entry.getKey());
            if (tensor == null || !tensor.source().equals(entry.getValue())) {
                throw new SafetensorsException(
                        MISSING_TENSOR,
                        "%s says that tensor '%s' is in %s, but it is not"
                                .formatted(INDEX, entry.getKey(), entry.getValue()));
            }
        }
        for (String name : tensors.keySet()) {
            if (!index.containsKey(name)) {
                throw new SafetensorsException(
                        INDEX_INVALID, "%s does not list tensor '%s', which a shard holds".formatted(INDEX, name));
            }
        }
    }

    private void loadFile(String name, ModelFiles weights) {
        ModelFile file;
        try {
            file = weights.open(name);
        } catch (IOException e) {
            throw unreadable("%s in %s".formatted(name, place), e);
        }
        files.add(file);
        Safetensors parsed = Safetensors.parse(file);
        sizeBytes += file.sizeBytes();
        for (TensorInfo info : parsed.tensors().values()) {
            add(parsed.stored(info));
        }
        if (tensors.size() > HeaderParser.MAX_TENSORS) {
            throw new SafetensorsException(
                    TOO_MANY_TENSORS,
                    "the shards of %s have more than %d tensors".formatted(place, HeaderParser.MAX_TENSORS));
        }
    }

    private static SafetensorsException unreadable(String what, IOException e) {
        return new SafetensorsException(UNREADABLE, "%s cannot be read: %s".formatted(what, e.getMessage()), e);
    }

    private void add(StoredTensor tensor) {
        StoredTensor other = tensors.put(tensor.name(), tensor);
        if (other != null) {
            throw new SafetensorsException(
                    DUPLICATE_KEY,
                    "tensor '%s' is both in %s and in %s".formatted(tensor.name(), other.source(), tensor.source()));
        }
    }

    /** Nothing that we read is there: says what is, if it is a checkpoint of another kind. */
    private void refuseOtherFormats(ModelFiles weights) {
        try {
            for (String name : weights.names()) {
                if (OTHER_FORMATS.matcher(name).matches()) {
                    try (ModelFile file = weights.open(name)) {
                        ContentSniffer.refuseForeign(file);
                    }
                }
            }
        } catch (IOException e) {
            throw unreadable(place, e);
        }
        throw new SafetensorsException(NOT_FOUND, "%s has neither %s nor %s".formatted(place, SINGLE, INDEX));
    }

    /** Names of all tensors, sorted. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Bytes of all files. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** A tensor, its numbers unchecked. @throws SafetensorsException {@code MISSING_TENSOR} */
    public StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new SafetensorsException(MISSING_TENSOR, "%s has no tensor '%s'".formatted(place, name));
        }
        return tensor;
    }

    /**
     * A tensor of one dimension.
     *
     * @throws SafetensorsException {@code MISSING_TENSOR}, {@code SHAPE_MISMATCH}, {@code NOT_FINITE}
     */
    public float[] vector(String name, int length) {
        requireShape(name, List.of(length));
        return CheckedNumbers.all(tensor(name));
    }

    /**
     * A weight matrix, converted to floats.
     *
     * @throws SafetensorsException {@code MISSING_TENSOR}, {@code SHAPE_MISMATCH} unless it is rows × columns, {@code NOT_FINITE}
     */
    public FloatMatrix matrix(String name, int rows, int columns) {
        requireShape(name, List.of(rows, columns));
        return new FloatMatrix(rows, columns, CheckedNumbers.all(tensor(name)));
    }

    /** Some rows of a weight matrix, and nothing else of it, converted to floats; otherwise as {@link #matrix}. */
    public FloatMatrix rows(String name, int rows, int columns, int firstRow, int count) {
        requireShape(name, List.of(rows, columns));
        Objects.checkFromIndexSize(firstRow, count, rows);
        return new FloatMatrix(
                count, columns, CheckedNumbers.range(tensor(name), (long) firstRow * columns, (long) count * columns));
    }

    /** @throws SafetensorsException {@code MISSING_TENSOR}, {@code SHAPE_MISMATCH} */
    public void requireShape(String name, List<Integer> shape) {
        StoredTensor tensor = tensor(name);
        if (!tensor.shape().equals(shape)) {
            throw new SafetensorsException(
                    SHAPE_MISMATCH,
                    "%s: tensor '%s' has shape %s, but config.json asks for %s"
                            .formatted(tensor.source(), name, tensor.shape(), shape));
        }
    }

    /** Reads a tensor once. @throws SafetensorsException {@code NOT_FINITE}, with the index of the first such number */
    public void requireFinite(String name) {
        CheckedNumbers.require(tensor(name));
    }

    @Override
    public void close() {
        files.forEach(ModelFile::close);
        whenClosed.run();
    }
}
