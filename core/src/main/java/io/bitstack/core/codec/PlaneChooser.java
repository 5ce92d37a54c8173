package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.SignPlanes;
import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;

/**
 * Chooses the codes of one matrix level by level: column by column, the error of each column pushed onto those not yet coded
 * (GPTQ / LDLQ, arXiv 2210.17323), in blocks of columns so that most of the pushing is a matrix product. Works on the transpose
 * (n × m), so that a column of the matrix is contiguous.
 *
 * <p>Letters: m rows, n columns.
 */
final class PlaneChooser {
    private static final int BLOCK_COLUMNS = 64;
    private static final KernelProvider KERNELS = Kernels.active();

    private final FloatMatrix transposed;
    private final NestedEncoder.Magnitudes magnitudes;
    private final NestedEncodedInput input;
    private final LinearAlgebra algebra;
    private final int m;
    private final int n;
    /** Codes so far, n × m, unsigned. */
    private final byte[] codes;

    PlaneChooser(FloatMatrix w, NestedEncoder.Magnitudes magnitudes, NestedEncodedInput input, LinearAlgebra algebra) {
        this.m = w.rows();
        this.n = w.columns();
        this.magnitudes = magnitudes;
        this.input = input;
        this.algebra = algebra;
        this.codes = new byte[w.data().length];
        this.transposed = FloatMatrix.zeros(n, m);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                transposed.data()[j * m + i] = w.at(i, j);
            }
        }
    }

    /** How one normalised value is coded, given the code so far. */
    private interface Choice {
        int code(float z, int before);
    }

    /** Codes all planes of the first block together: the nearest entry of an ascending table. */
    void start(float[] table, double damping) {
        float[] middles = new float[table.length - 1];
        for (int c = 0; c < middles.length; c++) {
            middles[c] = (table[c] + table[c + 1]) / 2;
        }
        choose(table, damping, (z, before) -> {
            int c = 0;
            for (int step = table.length / 2; step > 0; step /= 2) {
                if (z > middles[c + step - 1]) {
                    c += step;
                }
            }
            return c;
        });
    }

    /** Adds one plane: the nearer child of the cell so far. */
    void refine(float[] table, double damping) {
        choose(table, damping, (z, before) -> {
            int lower = 2 * before;
            return z > (table[lower] + table[lower + 1]) / 2 ? lower + 1 : lower;
        });
    }

    private void choose(float[] table, double damping, Choice choice) {
        if (damping == 0) {
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < m; i++) {
                    int at = j * m + i;
                    codes[at] =
                            (byte) choice.code(magnitudes.normalise(transposed.data()[at], i, j), codes[at] & 0xFF);
                }
            }
            return;
        }
        float[] upper = input.feedback(damping);
        float[] x = transposed.data().clone();
        for (int from = 0; from < n; from += BLOCK_COLUMNS) {
            int to = Math.min(n, from + BLOCK_COLUMNS);
            float[] errors = chooseBlock(x, from, to, upper, table, choice);
            if (to < n) {
                pushBeyond(x, from, to, upper, errors);
            }
        }
    }

    /** Codes columns [from, to), pushing errors within the block; returns the scaled errors, (to − from) × m. */
    private float[] chooseBlock(float[] x, int from, int to, float[] upper, float[] table, Choice choice) {
        float[] errors = new float[(to - from) * m];
        for (int j = from; j < to; j++) {
            float inverse = 1 / upper[j * n + j];
            int errorAt = (j - from) * m;
            float columnScale = magnitudes.columnScale()[j];
            for (int i = 0; i < m; i++) {
                int at = j * m + i;
                int code = choice.code(magnitudes.normalise(x[at], i, j), codes[at] & 0xFF);
                codes[at] = (byte) code;
                errors[errorAt + i] = (x[at] - table[code] * magnitudes.rowScale()[i] * columnScale) * inverse;
            }
            for (int later = j + 1; later < to; later++) {
                KERNELS.axpy(-upper[j * n + later], errors, errorAt, x, later * m, m);
            }
        }
        return errors;
    }

    /** {@code X[to:] −= U[from:to, to:]ᵀ · E}. */
    private void pushBeyond(float[] x, int from, int to, float[] upper, float[] errors) {
        FloatMatrix factors = FloatMatrix.zeros(n - to, to - from);
        for (int later = to; later < n; later++) {
            for (int j = from; j < to; j++) {
                factors.data()[(later - to) * (to - from) + j - from] = upper[j * n + later];
            }
        }
        FloatMatrix pushed = algebra.multiply(factors, new FloatMatrix(to - from, m, errors));
        KERNELS.axpy(-1, pushed.data(), 0, x, to * m, pushed.data().length);
    }

    /** The code at a row-major index of the matrix. */
    int code(int index) {
        return codes[index % n * m + index / n] & 0xFF;
    }

    /** The last {@code count} bits of the codes as planes, most significant first. */
    byte[] packPlanes(int count) {
        byte[] block = NestedEncoder.newPlanes(m, n, count);
        long planeBytes = SignPlanes.planeBytes(m, n);
        for (int p = 0; p < count; p++) {
            NestedEncoder.packPlane(
                    codes, m, n, count - 1 - p, MemorySegment.ofArray(block).asSlice(p * planeBytes, planeBytes));
        }
        return block;
    }

    /** W' − Ŵ' (m × n) with the codes as they are. */
    FloatMatrix residual(float[] table) {
        FloatMatrix residual = FloatMatrix.zeros(m, n);
        for (int j = 0; j < n; j++) {
            float columnScale = magnitudes.columnScale()[j];
            for (int i = 0; i < m; i++) {
                int at = j * m + i;
                residual.data()[i * n + j] = transposed.data()[at]
                        - table[codes[at] & 0xFF] * magnitudes.rowScale()[i] * columnScale;
            }
        }
        return residual;
    }
}
