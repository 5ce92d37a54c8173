package io.bitstack.core.codec;

import io.bitstack.core.kernel.SignPlanes;
import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Encodes by iterative absolute value decomposition (arXiv 2410.23918, section 3): the columns scaled by the calibration
 * activations, then level by level {@code S = sign(R)} (0 counts as +1), a rank-k SVD of |R| rounded to half precision, and the
 * next residual taken with the rounded factors. The truncated SVD is that of {@link LinearAlgebra}, so randomised for large
 * matrices: its residual's norm is within 1e-3 of a full SVD's.
 *
 * <p>A block takes {@code m·n/8 + 2k(m+n)} bytes, as published, where n is a multiple of 64; else the rows of its sign plane are
 * padded to whole words, {@code 8·m·ceil(n/64) + 2k(m+n)}.
 *
 * <p>Letters: m rows, n columns, k rank.
 */
public final class IabdEncoder implements MatrixEncoder {
    /** Multiplications after which it is looked whether the matrix is still wanted; those of the weighted error are by far the most. */
    private static final long MOST_PRODUCTS_AT_ONCE = 1L << 35;

    private final int rank;
    private final int levels;
    private final LinearAlgebra algebra;

    /** @param rank k, clamped to the smaller side of each matrix */
    public IabdEncoder(int rank, int levels, LinearAlgebra algebra) {
        if (rank < 1 || rank > 1024 || levels < 1 || levels > 64) {
            throw new CodecException(
                    "rank must be 1 to 1024 and levels 1 to 64, not %d and %d".formatted(rank, levels));
        }
        this.rank = rank;
        this.levels = levels;
        this.algebra = algebra;
    }

    private record Input(IabdInput transform, InputStatistics statistics) implements EncodedInput {
        @Override
        public byte[] blob() {
            return transform.write();
        }
    }

    @Override
    public String codec() {
        return IabdCodec.NAME;
    }

    @Override
    public EncodedInput input(InputStatistics statistics, InputWeights weights) {
        return new Input(new IabdInput(statistics.scale()), statistics);
    }

    @Override
    public EncodedMatrix encode(FloatMatrix weights, EncodedInput input, MatrixRole role) {
        if (!(input instanceof Input scaled) || scaled.transform.columns() != weights.columns()) {
            throw new IllegalArgumentException("the input was made by another codec or has another number of columns");
        }
        int m = weights.rows();
        int n = weights.columns();
        int k = Math.min(rank, Math.min(m, n));
        FloatMatrix residual = new FloatMatrix(m, n, weights.data().clone());
        for (int i = 0; i < residual.data().length; i++) {
            residual.data()[i] *= scaled.transform.scale()[i % n];
            if (!Float.isFinite(residual.data()[i])) {
                throw new CodecException("weight (%d, %d) is not finite, or too large to be scaled by its activations"
                        .formatted(i / n, i % n));
            }
        }
        List<byte[]> blocks = new ArrayList<>();
        double[] errors = new double[levels];
        for (int level = 0; level < levels; level++) {
            Interruption.check();
            blocks.add(takeLevel(residual, k));
            errors[level] = weightedError(residual, scaled);
        }
        return new EncodedMatrix(1, new IabdCodec.Header(k, levels).write(), List.copyOf(blocks), errors);
    }

    /** Encodes one level and subtracts it from the residual, in place. */
    private byte[] takeLevel(FloatMatrix residual, int k) {
        int m = residual.rows();
        int n = residual.columns();
        float[] r = residual.data();
        FloatMatrix magnitude = FloatMatrix.zeros(m, n);
        byte[] signs = new byte[Math.toIntExact(SignPlanes.planeBytes(m, n))];
        for (int i = 0; i < m; i++) {
            SignBits row = new SignBits(MemorySegment.ofArray(signs), i, n);
            for (int j = 0; j < n; j++) {
                magnitude.data()[i * n + j] = Math.abs(r[i * n + j]);
                if (r[i * n + j] >= 0) {
                    row.set(j);
                }
            }
        }
        Interruption.check();
        LinearAlgebra.Factors factors = algebra.truncatedSvd(magnitude, k);
        Interruption.check();
        FloatMatrix left = rounded(factors.left());
        FloatMatrix right = rounded(factors.right());
        // With the rounded factors, as the published method has it: what they lose is the next level's to mend.
        FloatMatrix product = algebra.multiply(left, right);
        for (int i = 0; i < r.length; i++) {
            r[i] -= r[i] >= 0 ? product.data()[i] : -product.data()[i];
        }
        byte[] tail = new BlobWriter(2L * k * (m + (long) n))
                .writeHalfs(left.data())
                .writeHalfs(right.data())
                .finish();
        byte[] block = Arrays.copyOf(signs, signs.length + tail.length);
        System.arraycopy(tail, 0, block, signs.length, tail.length);
        return block;
    }

    /** tr(R·H·Rᵀ) with the scale taken out of the residual again, so many rows at a time as take about a second. */
    private double weightedError(FloatMatrix residual, Input input) {
        int n = residual.columns();
        FloatMatrix secondMoment = new FloatMatrix(n, n, input.statistics.secondMoment());
        int rowsAtOnce = Math.clamp(MOST_PRODUCTS_AT_ONCE / ((long) n * n), 1, residual.rows());
        double sum = 0;
        for (int from = 0; from < residual.rows(); from += rowsAtOnce) {
            Interruption.check();
            int to = Math.min(residual.rows(), from + rowsAtOnce);
            FloatMatrix unscaled = new FloatMatrix(to - from, n, Arrays.copyOfRange(residual.data(), from * n, to * n));
            for (int i = 0; i < unscaled.data().length; i++) {
                unscaled.data()[i] /= input.transform.scale()[i % n];
            }
            FloatMatrix product = algebra.multiply(unscaled, secondMoment);
            for (int i = 0; i < product.data().length; i++) {
                sum += (double) product.data()[i] * unscaled.data()[i];
            }
        }
        if (!Double.isFinite(sum)) {
            throw new CodecException(
                    "the weighted error is not finite: the weights or the activations are too large to encode");
        }
        return Math.max(0, sum);
    }

    /** To half precision, as the block stores it. @throws CodecException if a value overflows it */
    private static FloatMatrix rounded(FloatMatrix factor) {
        FloatMatrix half = FloatMatrix.zeros(factor.rows(), factor.columns());
        for (int i = 0; i < half.data().length; i++) {
            half.data()[i] = Float.float16ToFloat(Float.floatToFloat16(factor.data()[i]));
            if (!Float.isFinite(half.data()[i])) {
                throw new CodecException(
                        "a factor of %g does not fit half precision: the weights are too large to encode with iabd"
                                .formatted(factor.data()[i]));
            }
        }
        return half;
    }
}
