package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.*;

import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The tensors of a model by their Hugging Face names, mapped into memory: of a directory with {@code model.safetensors} or the
 * shards that {@code model.safetensors.index.json} names, or of another form that was made to look like one. Every header is
 * checked when it is opened; numbers are checked when they are read. Tensors it hands out die with {@link #close()}. Safe for use
 * by many threads.
 */
public final class Checkpoint implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final Path path;
    private final Arena arena = Arena.ofShared();
    private final Runnable whenClosed;
    private final Map<String, StoredTensor> tensors = new TreeMap<>();
    private long sizeBytes;

    private Checkpoint(Path path, Runnable whenClosed) {
        this.path = path;
        this.whenClosed = whenClosed;
    }

    /**
     * A checkpoint whose tensors are kept in another form.
     *
     * @param path what to call it in messages
     * @param sizeBytes bytes that hold the tensors
     * @param whenClosed frees what the tensors are read from
     */
    public static Checkpoint of(
            Path path, Collection<? extends StoredTensor> tensors, long sizeBytes, Runnable whenClosed) {
        Checkpoint checkpoint = new Checkpoint(path, whenClosed);
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
        Checkpoint checkpoint = new Checkpoint(directory, () -> {});
        try {
            checkpoint.load();
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    private void load() {
        Path directory = path;
        if (!Files.isDirectory(directory)) {
            throw new SafetensorsException(NOT_FOUND, "there is no directory " + directory);
        }
        if (Files.exists(directory.resolve(INDEX))) {
            loadShards(ShardIndex.read(directory.resolve(INDEX)));
        } else if (Files.exists(directory.resolve(SINGLE))) {
            loadFile(SINGLE);
        } else {
            refuseOtherFormats();
        }
    }

    private void loadShards(Map<String, String> index) {
        for (String shard : new TreeSet<>(index.values())) {
            if (!Files.isRegularFile(path.resolve(shard))) {
                throw new SafetensorsException(
                        MISSING_SHARD, "%s names the shard %s, which is not in %s".formatted(INDEX, shard, path));
            }
            loadFile(shard);
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

    private void loadFile(String name) {
        MemorySegment content;
        try (FileChannel channel = FileChannel.open(path.resolve(name), StandardOpenOption.READ)) {
            content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            throw new SafetensorsException(
                    UNREADABLE, "%s cannot be read: %s".formatted(path.resolve(name), e.getMessage()), e);
        }
        Safetensors file = Safetensors.parse(content, name);
        sizeBytes += content.byteSize();
        for (TensorInfo info : file.tensors().values()) {
            add(new MappedTensor(info, file.data(info)));
        }
        if (tensors.size() > HeaderParser.MAX_TENSORS) {
            throw new SafetensorsException(
                    TOO_MANY_TENSORS,
                    "the shards of %s have more than %d tensors".formatted(path, HeaderParser.MAX_TENSORS));
        }
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
    private void refuseOtherFormats() {
        Path directory = path;
        try (var files = Files.newDirectoryStream(directory, "*.{bin,pt,pth,ckpt,gguf,h5,zip,tar,gz}")) {
            for (Path file : files) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    MemorySegment head =
                            channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(16, channel.size()), arena);
                    ContentSniffer.refuseForeign(head, file.getFileName().toString());
                }
            }
        } catch (IOException e) {
            throw new SafetensorsException(UNREADABLE, directory + " cannot be read: " + e.getMessage(), e);
        }
        throw new SafetensorsException(NOT_FOUND, "%s has neither %s nor %s".formatted(directory, SINGLE, INDEX));
    }

    /** The directory, or what else it was read from. */
    public Path path() {
        return path;
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
            throw new SafetensorsException(MISSING_TENSOR, "%s has no tensor '%s'".formatted(path, name));
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
        arena.close();
        whenClosed.run();
    }
}
