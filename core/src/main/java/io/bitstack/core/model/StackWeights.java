package io.bitstack.core.model;

import io.bitstack.core.codec.CompressedMatrix;
import io.bitstack.core.codec.ResidualCodec;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A stack opened for use: its base is read once, and {@link #atPrefix} or {@link #atLevels} make weights of any size from it
 * for no more than the cost of some objects. Weights hold all of their blocks; where these are too many, see {@link StreamedStack}. Immutable; safe
 * for many threads.
 */
public final class StackWeights {
    private final StackBase base;
    private final BlobSource blobs;
    /** Each matrix at its lowest level. */
    private final List<CompressedMatrix> lowest;

    private StackWeights(StackBase base, BlobSource blobs) {
        this.base = base;
        this.blobs = blobs;
        List<CompressedMatrix> opened = new ArrayList<>();
        List<StackManifest.Matrix> matrices = base.manifest().matrices();
        for (int i = 0; i < matrices.size(); i++) {
            opened.add(matrixAt(i, matrices.get(i).startLevel()));
        }
        this.lowest = List.copyOf(opened);
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
        return new StackWeights(StackBase.open(manifest, codec, blobs), blobs);
    }

    public ModelConfig config() {
        return base.config();
    }

    /** Which rows of which tensor a matrix, by its index in the manifest, holds. */
    public MatrixPart part(int matrix) {
        return base.part(matrix);
    }

    public StackManifest manifest() {
        return base.manifest();
    }

    /** Bytes of memory that the base takes, tensors included, in the form in which it is held. */
    public long baseHeldBytes() {
        return base.vectorsAndInputsHeldBytes()
                + lowest.stream().mapToLong(CompressedMatrix::headerHeldBytes).sum();
    }

    /** Of these, the tables of reconstruction values. */
    public long tablesHeldBytes() {
        return lowest.stream().mapToLong(CompressedMatrix::tablesHeldBytes).sum();
    }

    /** Level of each matrix, in the manifest's order, in the prefix of {@code blocks} blocks. */
    public int[] levelsOfPrefix(int blocks) {
        return base.levelsOfPrefix(blocks);
    }

    /** Weights of the first {@code blocks} blocks of the stack order, at least the minimal prefix. */
    public ModelWeights atPrefix(int blocks) {
        return atLevels(levelsOfPrefix(blocks));
    }

    /** Weights of a prefix for passes over many tokens: decoded once, where that takes no more than a gigabyte, else decoded tile by tile in every pass. */
    public ModelWeights forManyTokens(int blocks) {
        return base.isWorthDecoding() ? decoder().at(blocks) : atPrefix(blocks);
    }

    /** Decodes one prefix after the other into memory of its own. */
    public PrefixDecoder decoder() {
        return new PrefixDecoder(
                base, (matrix, level, out, offset) -> matrixAt(matrix, level).decode(out, offset));
    }

    /** Every tensor decoded, with each matrix at a level of its own, in the manifest's order; by name, newly allocated. */
    public Map<String, FloatMatrix> decodedAt(int[] levels) {
        Map<String, FloatMatrix> decoded = new HashMap<>();
        base.matricesOf().keySet().forEach(tensor -> decoded.put(tensor, decode(tensor, levels)));
        return decoded;
    }

    /** One tensor decoded, with each matrix at a level of its own, in the manifest's order; newly allocated. */
    public FloatMatrix decode(String tensor, int[] levels) {
        return new PartitionedWeight(matricesAt(base.matricesOf(tensor), levels)).decode();
    }

    /** Weights with each matrix at a level of its own, in the manifest's order; every block up to there must be held. */
    public ModelWeights atLevels(int[] levels) {
        base.requireLevels(levels);
        Map<String, WeightMatrix> matrices = new HashMap<>();
        base.matricesOf()
                .forEach((tensor, indexes) -> matrices.put(tensor, StackBase.tensor(matricesAt(indexes, levels))));
        return ModelWeights.of(config(), matrices, base.vectors());
    }

    private List<CompressedMatrix> matricesAt(List<Integer> indexes, int[] levels) {
        return indexes.stream().map(i -> matrixAt(i, levels[i])).toList();
    }

    /** One matrix, by its index in the manifest, at a level. */
    public CompressedMatrix matrixAt(int matrix, int level) {
        return base.matrix(
                matrix,
                base.blocks(matrix, level).stream()
                        .map(block -> blobs.segment(block.digest()))
                        .toList());
    }
}
