package io.bitstack.core.model;

import io.bitstack.core.codec.CompressedMatrix;
import io.bitstack.core.codec.InputTransform;
import io.bitstack.core.codec.MatrixHeader;
import io.bitstack.core.codec.ResidualCodec;
import io.bitstack.core.safetensors.Safetensors;
import io.bitstack.core.stack.StackManifest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The base of a stack, opened: all of it but the blocks, and which blocks lead which matrix to which level. Immutable. */
final class StackBase {
    /** A decoded model of at most so many bytes is not worth saving. */
    private static final long DECODED_LIMIT_BYTES = 1L << 30;

    private final StackManifest manifest;
    private final ModelConfig config;
    private final Map<String, float[]> vectors;
    private final List<InputTransform> inputs;
    private final List<MatrixHeader> headers;
    /** For each matrix, its blocks, by level. */
    private final List<List<StackManifest.Block>> blocksOf;
    /** For each tensor, the indexes of the matrices that hold its rows, in the order of the rows. */
    private final Map<String, List<Integer>> matricesOf;
    /** Which rows of which tensor each matrix holds. */
    private final List<MatrixPart> parts;

    private StackBase(StackManifest manifest, ResidualCodec codec, BlobSource blobs) {
        this.manifest = manifest;
        this.config = readConfig(manifest, blobs);
        this.vectors = readVectors(blobs);
        this.blocksOf = blocksByMatrix(manifest);
        this.parts = manifest.matrices().stream()
                .map(matrix -> MatrixPart.of(matrix.name(), matrix.rows()))
                .toList();
        this.matricesOf = matricesByTensor(manifest, parts);
        this.inputs = manifest.inputs().stream()
                .map(input -> codec.readInput(input.columns(), blobs.segment(input.digest())))
                .toList();
        List<MatrixHeader> opened = new ArrayList<>();
        for (int i = 0; i < manifest.matrices().size(); i++) {
            StackManifest.Matrix matrix = manifest.matrices().get(i);
            MemorySegment header = blobs.segment(matrix.digest());
            opened.add(codec.readHeader(
                    matrix.rows(), matrix.columns(), matrix.startLevel(), inputs.get(matrix.input()), header));
            checkBlockSizes(codec, i, header);
        }
        this.headers = List.copyOf(opened);
    }

    /**
     * Reads config.json, tensors, inputs and matrix headers.
     *
     * @throws IllegalArgumentException if the stack was written by another codec
     * @throws ModelException if the manifest and its blobs do not make a model
     * @throws io.bitstack.core.codec.CodecException if a blob does not have the form it must have
     */
    static StackBase open(StackManifest manifest, ResidualCodec codec, BlobSource blobs) {
        if (!codec.name().equals(manifest.codec().name())) {
            throw new IllegalArgumentException("the stack was written by the codec %s, not %s"
                    .formatted(manifest.codec().name(), codec.name()));
        }
        return new StackBase(manifest, codec, blobs);
    }

    /** Before any block is fetched: a wrong one must not be found out while the model serves. */
    private void checkBlockSizes(ResidualCodec codec, int index, MemorySegment header) {
        StackManifest.Matrix matrix = manifest.matrices().get(index);
        for (StackManifest.Block block : blocksOf.get(index)) {
            long wanted = codec.blockBytes(matrix.rows(), matrix.columns(), matrix.startLevel(), block.level(), header);
            if (block.sizeBytes() != wanted) {
                throw new ModelException(
                        ModelError.WEIGHTS_MISMATCH,
                        "the stack order leads '%s' to level %d with %d bytes, where the codec %s needs %d"
                                .formatted(matrix.name(), block.level(), block.sizeBytes(), codec.name(), wanted));
            }
        }
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

    private Map<String, float[]> readVectors(BlobSource blobs) {
        String source = "the stack's tensors";
        Safetensors tensors = Safetensors.parse(blobs.segment(manifest.tensors().digest()), source);
        Map<String, float[]> read = new HashMap<>();
        for (VectorSpec spec : config.vectors()) {
            read.put(spec.name(), tensors.floats(spec.name(), source));
        }
        return read;
    }

    private static List<List<StackManifest.Block>> blocksByMatrix(StackManifest manifest) {
        List<List<StackManifest.Block>> byMatrix = new ArrayList<>();
        manifest.matrices().forEach(matrix -> byMatrix.add(new ArrayList<>()));
        for (int i = 0; i < manifest.blocks().size(); i++) {
            StackManifest.Block block = manifest.blocks().get(i);
            List<StackManifest.Block> blocks = byMatrix.get(block.matrix());
            StackManifest.Matrix matrix = manifest.matrices().get(block.matrix());
            if (block.level() != matrix.startLevel() + blocks.size()) {
                throw new ModelException(
                        ModelError.WEIGHTS_MISMATCH,
                        "block %d of the stack order leads '%s' to level %d, but level %d is next"
                                .formatted(i, matrix.name(), block.level(), matrix.startLevel() + blocks.size()));
            }
            blocks.add(block);
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

    StackManifest manifest() {
        return manifest;
    }

    ModelConfig config() {
        return config;
    }

    Map<String, float[]> vectors() {
        return vectors;
    }

    /** Which rows of which tensor a matrix, by its index in the manifest, holds. */
    MatrixPart part(int matrix) {
        return parts.get(matrix);
    }

    /** For each tensor, the indexes of the matrices that hold its rows, in the order of the rows. */
    Map<String, List<Integer>> matricesOf() {
        return matricesOf;
    }

    /** @throws IllegalArgumentException if the stack has no tensor of that name */
    List<Integer> matricesOf(String tensor) {
        List<Integer> indexes = matricesOf.getOrDefault(tensor, List.of());
        if (indexes.isEmpty()) {
            throw new IllegalArgumentException("the stack has no tensor '%s'".formatted(tensor));
        }
        return indexes;
    }

    /** Whether all of it decoded is small enough to be held. */
    boolean isWorthDecoding() {
        return manifest.model().weights() * Float.BYTES <= DECODED_LIMIT_BYTES;
    }

    /** Bytes of what the vectors and inputs hold. */
    long vectorsAndInputsHeldBytes() {
        return vectors.values().stream()
                        .mapToLong(v -> (long) v.length * Float.BYTES)
                        .sum()
                + inputs.stream().mapToLong(InputTransform::heldBytes).sum();
    }

    /** Level of each matrix, in the manifest's order, in the prefix of {@code blocks} blocks. */
    int[] levelsOfPrefix(int blocks) {
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

    /** @throws IllegalArgumentException unless there is one for each matrix */
    void requireLevels(int[] levels) {
        if (levels.length != headers.size()) {
            throw new IllegalArgumentException(
                    "%d levels for %d matrices: %s".formatted(levels.length, headers.size(), Arrays.toString(levels)));
        }
    }

    /** The blocks of a matrix up to a level. @throws IllegalArgumentException if it has no such level */
    List<StackManifest.Block> blocks(int matrix, int level) {
        StackManifest.Matrix entry = manifest.matrices().get(matrix);
        List<StackManifest.Block> all = blocksOf.get(matrix);
        int count = level - entry.startLevel() + 1;
        if (count < 1 || count > all.size()) {
            throw new IllegalArgumentException("'%s' has levels %d to %d, not %d"
                    .formatted(entry.name(), entry.startLevel(), entry.startLevel() + all.size() - 1, level));
        }
        return all.subList(0, count);
    }

    /** A matrix with the bytes of its first blocks. */
    CompressedMatrix matrix(int matrix, List<MemorySegment> blocks) {
        return headers.get(matrix).at(blocks);
    }

    /** The matrices of a tensor, in the order of its rows, as one. */
    static WeightMatrix tensor(List<CompressedMatrix> matrices) {
        return matrices.size() == 1 ? new CompressedWeight(matrices.getFirst()) : new PartitionedWeight(matrices);
    }
}
