package io.bitstack.core.model;

import io.bitstack.core.codec.CompressedMatrix;
import io.bitstack.core.codec.InputTransform;
import io.bitstack.core.codec.ResidualCodec;
import io.bitstack.core.safetensors.Safetensors;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A stack opened for use: its base is read once, and {@link #atPrefix} or {@link #atLevels} make weights of any size from it
 * for no more than the cost of some objects. Immutable; safe for many threads.
 */
public final class StackWeights {
    /** A decoded model of at most so many bytes is not worth saving. */
    private static final long DECODED_LIMIT_BYTES = 1L << 30;

    private final StackManifest manifest;
    private final ModelConfig config;
    private final BlobSource blobs;
    private final Map<String, float[]> vectors;
    private final List<InputTransform> inputs;
    /** Each matrix at its lowest level; the others are made from it and share its header. */
    private final List<CompressedMatrix> lowest;
    /** For each matrix, indexes of its blocks in the stack order, by level. */
    private final List<List<Integer>> blocksOf;
    /** For each tensor, the indexes of the matrices that hold its rows, in the order of the rows. */
    private final Map<String, List<Integer>> matricesOf;
    /** Which rows of which tensor each matrix holds. */
    private final List<MatrixPart> parts;

    private StackWeights(StackManifest manifest, ResidualCodec codec, BlobSource blobs) {
        this.manifest = manifest;
        this.blobs = blobs;
        this.config = readConfig(manifest, blobs);
        this.vectors = readVectors();
        this.blocksOf = blocksByMatrix(manifest);
        this.parts = manifest.matrices().stream()
                .map(matrix -> MatrixPart.of(matrix.name(), matrix.rows()))
                .toList();
        this.matricesOf = matricesByTensor(manifest, parts);
        this.inputs = manifest.inputs().stream()
                .map(input -> codec.readInput(input.columns(), blobs.segment(input.digest())))
                .toList();
        List<CompressedMatrix> opened = new ArrayList<>();
        for (int i = 0; i < manifest.matrices().size(); i++) {
            StackManifest.Matrix matrix = manifest.matrices().get(i);
            opened.add(codec.readMatrix(
                    matrix.rows(),
                    matrix.columns(),
                    matrix.startLevel(),
                    inputs.get(matrix.input()),
                    blobs.segment(matrix.digest()),
                    List.of(block(i, 0))));
        }
        this.lowest = List.copyOf(opened);
        checkBlockSizes(codec);
    }

    /** Before any block above the minimal prefix is fetched: a wrong one must not be found out while the model serves. */
    private void checkBlockSizes(ResidualCodec codec) {
        for (int i = 0; i < manifest.blocks().size(); i++) {
            StackManifest.Block block = manifest.blocks().get(i);
            StackManifest.Matrix matrix = manifest.matrices().get(block.matrix());
            long wanted = codec.blockBytes(
                    matrix.rows(),
                    matrix.columns(),
                    matrix.startLevel(),
                    block.level(),
                    blobs.segment(matrix.digest()));
            if (block.sizeBytes() != wanted) {
                throw new ModelException(
                        ModelError.WEIGHTS_MISMATCH,
                        "block %d of the stack order leads '%s' to level %d with %d bytes, where the codec %s needs %d"
                                .formatted(i, matrix.name(), block.level(), block.sizeBytes(), codec.name(), wanted));
            }
        }
    }

    /**
     * Reads the base: config.json, tensors, inputs, matrix headers; and opens the minimal prefix. All of these blobs must be
     * held, others are asked for when a prefix needs them.
     *
     * @param codec the codec that the manifest names
     * @throws ModelException if the manifest and its blobs do not make a model
     * @throws io.bitstack.core.codec.CodecException if a blob does not have the form it must have
     */
    public static StackWeights open(StackManifest manifest, ResidualCodec codec, BlobSource blobs) {
        if (!codec.name().equals(manifest.codec().name())) {
            throw new IllegalArgumentException("the stack was written by the codec %s, not %s"
                    .formatted(manifest.codec().name(), codec.name()));
        }
        return new StackWeights(manifest, codec, blobs);
    }

    private static ModelConfig readConfig(StackManifest manifest, BlobSource blobs) {
        StackManifest.File file = manifest.files().stream()
                .filter(candidate -> candidate.path().equals("config.json"))
                .findFirst()
                .orElseThrow(() -> new ModelException(
                        ModelError.CONFIG_NOT_FOUND, "the stack's manifest lists no config.json among its files"));
        byte[] json = blobs.segment(file.digest()).toArray(ValueLayout.JAVA_BYTE);
        return ModelConfig.parse(new String(json, StandardCharsets.UTF_8));
    }

    private Map<String, float[]> readVectors() {
        String source = "the stack's tensors";
        Safetensors tensors = Safetensors.parse(blobs.segment(manifest.tensors().digest()), source);
        Map<String, float[]> read = new HashMap<>();
        for (VectorSpec spec : config.vectors()) {
            read.put(spec.name(), tensors.floats(spec.name(), source));
        }
        return read;
    }

    private static List<List<Integer>> blocksByMatrix(StackManifest manifest) {
        List<List<Integer>> byMatrix = new ArrayList<>();
        manifest.matrices().forEach(matrix -> byMatrix.add(new ArrayList<>()));
        for (int i = 0; i < manifest.blocks().size(); i++) {
            StackManifest.Block block = manifest.blocks().get(i);
            List<Integer> blocks = byMatrix.get(block.matrix());
            StackManifest.Matrix matrix = manifest.matrices().get(block.matrix());
            if (block.level() != matrix.startLevel() + blocks.size()) {
                throw new ModelException(
                        ModelError.WEIGHTS_MISMATCH,
                        "block %d of the stack order leads '%s' to level %d, but level %d is next"
                                .formatted(i, matrix.name(), block.level(), matrix.startLevel() + blocks.size()));
            }
            blocks.add(i);
        }
        for (int i = 0; i < byMatrix.size(); i++) {
            if (byMatrix.get(i).isEmpty()) {
                throw new ModelException(
                        ModelError.WEIGHTS_MISMATCH,
                        "the stack has no block of '%s'"
                                .formatted(manifest.matrices().get(i).name()));
            }
        }
        return byMatrix;
    }

    private static Map<String, List<Integer>> matricesByTensor(StackManifest manifest, List<MatrixPart> parts) {
        Map<String, List<Integer>> byTensor = new LinkedHashMap<>();
        Map<String, Integer> rowsOf = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            MatrixPart part = parts.get(i);
            List<Integer> before = byTensor.computeIfAbsent(part.tensor(), tensor -> new ArrayList<>());
            int expected = rowsOf.getOrDefault(part.tensor(), 0);
            if (part.firstRow() != expected) {
                throw partsMismatch(
                        manifest.matrices().get(i),
                        "begins at row %d, where row %d is next".formatted(part.firstRow(), expected));
            }
            if (!before.isEmpty()
                    && manifest.matrices().get(before.getFirst()).input()
                            != manifest.matrices().get(i).input()) {
                throw partsMismatch(manifest.matrices().get(i), "has another input than the parts before it");
            }
            before.add(i);
            rowsOf.put(part.tensor(), expected + part.rows());
        }
        return byTensor;
    }

    private static ModelException partsMismatch(StackManifest.Matrix matrix, String what) {
        return new ModelException(ModelError.WEIGHTS_MISMATCH, "the matrix '%s' %s".formatted(matrix.name(), what));
    }

    public ModelConfig config() {
        return config;
    }

    /** Which rows of which tensor a matrix, by its index in the manifest, holds. */
    public MatrixPart part(int matrix) {
        return parts.get(matrix);
    }

    public StackManifest manifest() {
        return manifest;
    }

    /** Bytes of memory that the base takes, tensors included, in the form in which it is held. */
    public long baseHeldBytes() {
        return vectors.values().stream()
                        .mapToLong(v -> (long) v.length * Float.BYTES)
                        .sum()
                + inputs.stream().mapToLong(InputTransform::heldBytes).sum()
                + lowest.stream().mapToLong(CompressedMatrix::headerHeldBytes).sum();
    }

    /** Of these, the tables of reconstruction values. */
    public long tablesHeldBytes() {
        return lowest.stream().mapToLong(CompressedMatrix::tablesHeldBytes).sum();
    }

    /** Level of each matrix, in the manifest's order, in the prefix of {@code blocks} blocks. */
    public int[] levelsOfPrefix(int blocks) {
        if (blocks < manifest.minimalBlocks() || blocks > manifest.blocks().size()) {
            throw new IllegalArgumentException("a usable prefix of this stack has between %d and %d blocks, not %d"
                    .formatted(manifest.minimalBlocks(), manifest.blocks().size(), blocks));
        }
        int[] levels = new int[manifest.matrices().size()];
        for (StackManifest.Block block : manifest.blocks().subList(0, blocks)) {
            levels[block.matrix()] = block.level();
        }
        return levels;
    }

    /** Weights of the first {@code blocks} blocks of the stack order, at least the minimal prefix. */
    public ModelWeights atPrefix(int blocks) {
        return atLevels(levelsOfPrefix(blocks));
    }

    /**
     * Weights of a prefix for passes over many tokens: decoded once, where that takes no more than {@link
     * #DECODED_LIMIT_BYTES}, else decoded tile by tile in every pass.
     */
    public ModelWeights forManyTokens(int blocks) {
        return new PrefixDecoder(this).forManyTokens(blocks);
    }

    /** Whether all of it decoded is small enough to be held. */
    boolean isWorthDecoding() {
        return manifest.model().weights() * Float.BYTES <= DECODED_LIMIT_BYTES;
    }

    /** Decodes, of each tensor, those matrices that are not at the level they were at before; of a tensor that is not there yet, all. */
    void decodeChanges(int[] before, int[] levels, Map<String, FloatMatrix> decoded) {
        matricesOf.forEach((tensor, indexes) -> {
            FloatMatrix known = decoded.get(tensor);
            if (known == null) {
                decoded.put(tensor, decode(tensor, levels));
                return;
            }
            for (int i : indexes) {
                if (before[i] != levels[i]) {
                    matrixAt(i, levels[i]).decode(known.data(), parts.get(i).firstRow() * known.columns());
                }
            }
        });
    }

    /** Every tensor decoded, with each matrix at a level of its own, in the manifest's order; by name, newly allocated. */
    public Map<String, FloatMatrix> decodedAt(int[] levels) {
        Map<String, FloatMatrix> decoded = new HashMap<>();
        matricesOf.keySet().forEach(tensor -> decoded.put(tensor, decode(tensor, levels)));
        return decoded;
    }

    /** One tensor decoded, with each matrix at a level of its own, in the manifest's order; newly allocated. */
    public FloatMatrix decode(String tensor, int[] levels) {
        List<Integer> indexes = matricesOf.getOrDefault(tensor, List.of());
        if (indexes.isEmpty()) {
            throw new IllegalArgumentException("the stack has no tensor '%s'".formatted(tensor));
        }
        return new PartitionedWeight(matricesAt(indexes, levels)).decode();
    }

    /** Weights with each matrix at a level of its own, in the manifest's order; every block up to there must be held. */
    public ModelWeights atLevels(int[] levels) {
        if (levels.length != lowest.size()) {
            throw new IllegalArgumentException(
                    "%d levels for %d matrices: %s".formatted(levels.length, lowest.size(), Arrays.toString(levels)));
        }
        Map<String, WeightMatrix> matrices = new HashMap<>();
        matricesOf.forEach((tensor, indexes) -> {
            List<CompressedMatrix> held = matricesAt(indexes, levels);
            matrices.put(
                    tensor, held.size() == 1 ? new CompressedWeight(held.getFirst()) : new PartitionedWeight(held));
        });
        return ModelWeights.of(config, matrices, vectors);
    }

    private List<CompressedMatrix> matricesAt(List<Integer> indexes, int[] levels) {
        return indexes.stream().map(i -> matrixAt(i, levels[i])).toList();
    }

    /** One matrix, by its index in the manifest, at a level. */
    public CompressedMatrix matrixAt(int matrix, int level) {
        StackManifest.Matrix entry = manifest.matrices().get(matrix);
        int count = level - entry.startLevel() + 1;
        if (count < 1 || count > blocksOf.get(matrix).size()) {
            throw new IllegalArgumentException("'%s' has levels %d to %d, not %d"
                    .formatted(
                            entry.name(),
                            entry.startLevel(),
                            entry.startLevel() + blocksOf.get(matrix).size() - 1,
                            level));
        }
        List<MemorySegment> segments = new ArrayList<>(count);
        for (int b = 0; b < count; b++) {
            segments.add(block(matrix, b));
        }
        return lowest.get(matrix).withBlocks(segments);
    }

    private MemorySegment block(int matrix, int index) {
        return blobs.segment(
                manifest.blocks().get(blocksOf.get(matrix).get(index)).digest());
    }
}
