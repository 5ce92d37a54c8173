package io.bitstack.core.codec;

import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.tensor.FiniteNumbers;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Encodes by history-conditioned residual planes: side branch, rotation, rank-one magnitudes, a joint start and one plane a
 * level after it, each level's codes chosen column by column with error feedback.
 *
 * <p>Letters: m rows, n columns, r rank of the side branch, ℓ level.
 */
public final class NestedEncoder implements MatrixEncoder {
    private static final int SAMPLES = 60_000;
    private static final long SAMPLE_SEED = 1;

    private final NestedParameters parameters;
    private final RowPool pool;

    /** An encoder that works on its caller's thread alone. */
    public NestedEncoder(NestedParameters parameters) {
        this(parameters, RowPool.SINGLE);
    }

    /** @param pool shares out what is done for an input, and the rows of a matrix */
    public NestedEncoder(NestedParameters parameters, RowPool pool) {
        this.parameters = parameters;
        this.pool = pool;
    }

    @Override
    public String codec() {
        return NestedCodec.NAME;
    }

    @Override
    public EncodedInput input(InputStatistics statistics, InputWeights weights) {
        return NestedEncodedInput.of(statistics, weights, parameters, pool);
    }

    @Override
    public EncodedMatrix encode(FloatMatrix weights, EncodedInput input, MatrixRole role) {
        if (!(input instanceof NestedEncodedInput nested) || nested.input().columns() != weights.columns()) {
            throw new IllegalArgumentException("the input was made by another codec or has another number of columns");
        }
        float[] side = sideBranch(weights, nested.input(), pool);
        FloatMatrix coded = transformed(weights, nested.input(), pool);
        Magnitudes magnitudes = parameters.magnitudes() ? Magnitudes.fit(coded, pool) : Magnitudes.one(coded, pool);
        Sample sample = Sample.draw(coded, magnitudes, nested);
        PlaneChooser chooser = new PlaneChooser(coded, magnitudes, nested, parameters.descentPasses(), pool);

        List<byte[]> blocks = new ArrayList<>();
        List<float[]> tables = new ArrayList<>();
        int start = parameters.startOf(role);
        double[] errors = new double[parameters.levels() - start + 1];
        for (int level = start; level <= parameters.levels(); level++) {
            double damping = level <= parameters.feedbackLevelsOf(role) ? parameters.damping() : 0;
            if (tables.isEmpty()) {
                tables.add(ReconstructionTables.joint(sample.z, sample.w, level));
                errors[level - start] = chooser.start(tables.getLast(), damping);
            } else {
                tables.add(
                        parameters.history()
                                ? ReconstructionTables.split(
                                        sample.z, sample.w, sample.codes(chooser), tables.getLast())
                                : ReconstructionTables.shift(
                                        sample.z, sample.w, sample.codes(chooser), tables.getLast()));
                errors[level - start] = chooser.refine(tables.getLast(), damping);
            }
            int planes = level == start ? level : 1;
            blocks.add(chooser.packPlanes(planes));
        }
        NestedHeader header = new NestedHeader(
                // Not of the weights, which nobody needs any more.
                coded.rows(),
                coded.columns(),
                nested.input().rank(),
                start,
                parameters.levels(),
                magnitudes.rowScale(),
                magnitudes.columnScale(),
                tables.toArray(float[][]::new),
                side);
        return new EncodedMatrix(start, header.write(), List.copyOf(blocks), errors);
    }

    /** C = W·Vᵀ (V's rows are the basis), m × r: four sums at a time, since each waits for its last addition. */
    private static float[] sideBranch(FloatMatrix weights, NestedInput input, RowPool pool) {
        int n = weights.columns();
        int rank = input.rank();
        float[] w = weights.data();
        // As many rows as make four at a time, zeros beyond V's own.
        float[] basis = Arrays.copyOf(input.basis(), (rank + 3) / 4 * 4 * n);
        float[] side = new float[weights.rows() * rank];
        pool.forRows(weights.rows(), 1, (from, to) -> {
            double[] sums = new double[4];
            for (int i = from; i < to; i++) {
                for (int q = 0; q < rank; q += 4) {
                    fourSums(w, i * n, basis, q * n, n, sums);
                    for (int s = 0; s < 4 && q + s < rank; s++) {
                        side[i * rank + q + s] = (float) sums[s];
                    }
                }
            }
        });
        return side;
    }

    private static void fourSums(float[] w, int at, float[] basis, int basisAt, int n, double[] sums) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        for (int j = 0; j < n; j++) {
            double x = w[at + j];
            s0 += x * basis[basisAt + j];
            s1 += x * basis[basisAt + n + j];
            s2 += x * basis[basisAt + 2 * n + j];
            s3 += x * basis[basisAt + 3 * n + j];
        }
        sums[0] = s0;
        sums[1] = s1;
        sums[2] = s2;
        sums[3] = s3;
    }

    /** (W − C·V)·D⁻¹·Rᵀ, newly allocated. */
    private static FloatMatrix transformed(FloatMatrix weights, NestedInput input, RowPool pool) {
        int n = weights.columns();
        FloatMatrix transformed = FloatMatrix.zeros(weights.rows(), n);
        AtomicInteger notFinite = new AtomicInteger(Integer.MAX_VALUE);
        pool.forRows(weights.rows(), 1, (from, to) -> {
            int found = FiniteNumbers.firstNotFinite(weights.data(), from * n, to * n);
            if (found >= 0) {
                notFinite.accumulateAndGet(found, Math::min);
                return;
            }
            System.arraycopy(weights.data(), from * n, transformed.data(), from * n, (to - from) * n);
            for (int i = from; i < to; i++) {
                input.transformWeights(transformed.data(), i * n);
            }
        });
        int bad = notFinite.get();
        if (bad < Integer.MAX_VALUE) {
            throw new CodecException("weight (%d, %d) is not finite".formatted(bad / n, bad % n));
        }
        return transformed;
    }

    /** The weights that tables are fitted to: all of a small matrix, else a seeded sample. */
    private record Sample(int[] index, float[] z, float[] w) {
        static Sample draw(FloatMatrix coded, Magnitudes magnitudes, NestedEncodedInput input) {
            int size = coded.data().length;
            int count = Math.min(size, SAMPLES);
            SplitMix64 random = new SplitMix64(SAMPLE_SEED);
            int[] index = new int[count];
            float[] z = new float[count];
            float[] w = new float[count];
            for (int s = 0; s < count; s++) {
                int at = count == size ? s : random.below(size);
                int row = at / coded.columns();
                int column = at % coded.columns();
                index[s] = at;
                z[s] = magnitudes.normalise(coded.data()[at], row, column);
                float magnitude = magnitudes.rowScale()[row] * magnitudes.columnScale()[column];
                w[s] = (float) (magnitude * magnitude * input.diagonal(column));
            }
            return new Sample(index, z, w);
        }

        int[] codes(PlaneChooser chooser) {
            int[] codes = new int[index.length];
            for (int s = 0; s < codes.length; s++) {
                codes[s] = chooser.code(index[s]);
            }
            return codes;
        }
    }
}
