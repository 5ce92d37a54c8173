package io.bitstack.core.model;

import io.bitstack.core.codec.CompressedMatrix;
import io.bitstack.core.codec.ResidualCodec;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A stack of which only the base is held: blocks are read when matrices are opened, and freed when these are closed. The numbers are those of
 * {@link StackWeights}, to the last bit. Immutable; safe for many threads.
 */
public final class StreamedStack {
    private final StackBase base;
    private final BlobLoader blocks;
    /** The model without a single matrix. */
    private final ModelWeights closed;

    private StreamedStack(StackBase base, BlobLoader blocks) {
        this.base = base;
        this.blocks = blocks;
        Map<String, WeightMatrix> matrices = new HashMap<>();
        for (MatrixSpec spec : base.config().matrices()) {
            matrices.put(spec.name(), new ClosedWeight(spec.name(), spec.rows(), spec.columns()));
        }
        this.closed = ModelWeights.of(base.config(), matrices, base.vectors());
    }

    /**
     * Reads the base: config.json, tensors, inputs, matrix headers.
     *
     * @param codec the codec that the manifest names
     * @param blobs what the base is read from; not used afterwards
     * @param blocks reads blocks whenever they are needed
     * @throws ModelException if the manifest and its blobs do not make a model
     * @throws io.bitstack.core.codec.CodecException if a blob does not have the form it must have
     */
    public static StreamedStack open(StackManifest manifest, ResidualCodec codec, BlobSource blobs, BlobLoader blocks) {
        return new StreamedStack(StackBase.open(manifest, codec, blobs), blocks);
    }

    public ModelConfig config() {
        return base.config();
    }

    public StackManifest manifest() {
        return base.manifest();
    }

    /** Which rows of which tensor a matrix, by its index in the manifest, holds. */
    public MatrixPart part(int matrix) {
        return base.part(matrix);
    }

    /** The first {@code blocks} blocks of the stack order: decoded where {@link StackWeights#forManyTokens} decodes them too. */
    public LayeredWeights atPrefix(int blocks) {
        return at(base.levelsOfPrefix(blocks), base.isWorthDecoding());
    }

    /** Each matrix at a level of its own, in the manifest's order, decoded to floats. */
    public LayeredWeights decodedAt(int[] levels) {
        return at(levels, true);
    }

    LayeredWeights at(int[] levels, boolean decoded) {
        base.requireLevels(levels);
        return new Layers(levels.clone(), decoded);
    }

    /** Decodes one prefix after the other into memory of its own. */
    public PrefixDecoder decoder() {
        return new PrefixDecoder(base, this::decode);
    }

    /** One matrix, by its index in the manifest, decoded at a level; newly allocated. */
    public FloatMatrix decode(int matrix, int level) {
        StackManifest.Matrix entry = base.manifest().matrices().get(matrix);
        FloatMatrix decoded = FloatMatrix.zeros(entry.rows(), entry.columns());
        decode(matrix, level, decoded.data(), 0);
        return decoded;
    }

    private void decode(int matrix, int level, float[] out, int offset) {
        try (OpenBlocks open = new OpenBlocks(List.of(base.blocks(matrix, level)), blocks, RowPool.SINGLE)) {
            base.matrix(matrix, open.segments(0)).decode(out, offset);
        }
    }

    /** One tensor decoded, with each matrix at a level of its own, in the manifest's order; newly allocated. */
    public FloatMatrix decode(String tensor, int[] levels) {
        List<Integer> matrices = base.matricesOf(tensor);
        MatrixPart last = base.part(matrices.getLast());
        int columns = base.manifest().matrices().get(matrices.getFirst()).columns();
        FloatMatrix decoded = FloatMatrix.zeros(last.firstRow() + last.rows(), columns);
        matrices.forEach(m -> decode(m, levels[m], decoded.data(), base.part(m).firstRow() * columns));
        return decoded;
    }

    private final class Layers implements LayeredWeights {
        private final int[] levels;
        private final boolean decoded;

        Layers(int[] levels, boolean decoded) {
            this.levels = levels;
            this.decoded = decoded;
        }

        @Override
        public ModelConfig config() {
            return base.config();
        }

        @Override
        public Opened open(Collection<String> tensors, RowPool pool) {
            List<Integer> matrices = tensors.stream()
                    .flatMap(tensor -> base.matricesOf(tensor).stream())
                    .toList();
            OpenBlocks open = new OpenBlocks(
                    matrices.stream().map(m -> base.blocks(m, levels[m])).toList(), blocks, pool);
            try {
                List<CompressedMatrix> opened = new ArrayList<>();
                for (int i = 0; i < matrices.size(); i++) {
                    opened.add(base.matrix(matrices.get(i), open.segments(i)));
                }
                if (!decoded) {
                    return new OpenedWeights(closed.with(tensors(tensors, opened)), open);
                }
                ModelWeights weights = closed.withDecoded(decode(tensors, opened, pool));
                open.close(); // not needed any more
                return new OpenedWeights(weights, open);
            } catch (RuntimeException | Error e) {
                open.close();
                throw e;
            }
        }

        /** @param opened the matrices of one tensor after the other */
        private Map<String, WeightMatrix> tensors(Collection<String> names, List<CompressedMatrix> opened) {
            Map<String, WeightMatrix> weights = new HashMap<>();
            int first = 0;
            for (String name : names) {
                int end = first + base.matricesOf(name).size();
                weights.put(name, StackBase.tensor(opened.subList(first, end)));
                first = end;
            }
            return weights;
        }

        private Map<String, FloatMatrix> decode(Collection<String> names, List<CompressedMatrix> opened, RowPool pool) {
            Map<String, FloatMatrix> all = new HashMap<>();
            List<FloatMatrix> wholes = new ArrayList<>();
            List<Integer> firstRows = new ArrayList<>();
            for (String name : names) {
                WeightMatrix shape = closed.matrix(name);
                FloatMatrix whole = FloatMatrix.zeros(shape.rows(), shape.columns());
                all.put(name, whole);
                for (int m : base.matricesOf(name)) {
                    wholes.add(whole);
                    firstRows.add(base.part(m).firstRow());
                }
            }
            pool.forRows(opened.size(), 1, (from, to) -> {
                for (int i = from; i < to; i++) {
                    FloatMatrix whole = wholes.get(i);
                    opened.get(i).decode(whole.data(), firstRows.get(i) * whole.columns());
                }
            });
            return all;
        }
    }

    private record OpenedWeights(ModelWeights weights, OpenBlocks blocks) implements LayeredWeights.Opened {
        @Override
        public void close() {
            blocks.close();
        }
    }
}
