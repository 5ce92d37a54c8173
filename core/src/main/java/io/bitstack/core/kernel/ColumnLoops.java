package io.bitstack.core.kernel;

import org.jspecify.annotations.Nullable;

/** The plain loops: a strip of rows at a time, by columns, as columns.h has them. */
final class ColumnLoops implements ColumnKernels {
    private static final int STRIP = 64;

    /** Numbers of a strip, by columns. */
    private static float[] byColumns() {
        return new float[MOST_COLUMNS * STRIP];
    }

    private static void in(float[] from, int at, int stride, int rows, int width, float[] to) {
        for (int l = 0; l < rows; l++) {
            for (int j = 0; j < width; j++) {
                to[j * STRIP + l] = from[at + l * stride + j];
            }
        }
    }

    private static void out(float[] from, int rows, int width, float[] to, int at, int stride) {
        for (int l = 0; l < rows; l++) {
            for (int j = 0; j < width; j++) {
                to[at + l * stride + j] = from[j * STRIP + l];
            }
        }
    }

    /** The codes of a column for values over their magnitudes; {@code cells} are those of the level before. */
    private static void choose(CodeTable table, float[] z, int[] cells, int[] chosen, int rows) {
        float[] middles = table.middles();
        if (table.refines()) {
            for (int l = 0; l < rows; l++) {
                chosen[l] = 2 * cells[l] + (z[l] > middles[cells[l]] ? 1 : 0);
            }
            return;
        }
        for (int l = 0; l < rows; l++) {
            chosen[l] = 0;
        }
        // Counting the middles below a value takes no branches, which would be guessed wrong half of the time.
        for (float middle : middles) {
            for (int l = 0; l < rows; l++) {
                chosen[l] += z[l] > middle ? 1 : 0;
            }
        }
    }

    private static void load(CodedRows w, int at, int[] codes, int rows) {
        for (int l = 0; l < rows; l++) {
            codes[l] = w.codes()[at + l] & 0xFF;
        }
    }

    private static void store(int[] codes, CodedRows w, int at, int rows) {
        for (int l = 0; l < rows; l++) {
            w.codes()[at + l] = (byte) codes[l];
        }
    }

    private static void values(CodedRows w, int[] codes, int first, int column, float[] values, int rows) {
        float[] table = w.table().values();
        float[] rowScale = w.rowScale();
        float columnScale = w.columnScale()[column];
        for (int l = 0; l < rows; l++) {
            values[l] = table[codes[l]] * rowScale[first + l] * columnScale;
        }
    }

    private static int codeAt(CodedRows w, int column, int first) {
        return w.codesAt() + column * w.rows() + first;
    }

    @Override
    public void feedBack(
            CodedRows w,
            int from,
            int width,
            float[] near,
            float[] far,
            int farAt,
            int farStride,
            float[] factor,
            int factorAt,
            int factorStride,
            float[] missed,
            float[] errors,
            int stride,
            double[] loss) {
        float[] target = byColumns();
        float[] sums = byColumns();
        float[] misses = byColumns();
        float[] wanted = new float[STRIP];
        float[] z = new float[STRIP];
        float[] values = new float[STRIP];
        int[] codes = new int[STRIP];
        int[] chosen = new int[STRIP];
        for (int i = 0; i < w.rows(); i++) {
            for (int j = 0; j < width; j++) {
                near[i * width + j] += far[farAt + i * farStride + j];
            }
        }
        for (int first = 0; first < w.rows(); first += STRIP) {
            int rows = Math.min(STRIP, w.rows() - first);
            in(w.target(), w.targetAt() + first * w.targetStride() + from, w.targetStride(), rows, width, target);
            in(near, first * width, width, rows, width, sums);
            for (int j = 0; j < width; j++) {
                int at = j * STRIP;
                addMisses(sums, j, factor, factorAt + j * factorStride, misses, rows);
                float diagonal = factor[factorAt + j * factorStride + j];
                float inverse = 1 / diagonal;
                float inverseColumnScale = 1 / w.columnScale()[from + j];
                for (int l = 0; l < rows; l++) {
                    wanted[l] = target[at + l] + sums[at + l] * inverse;
                    z[l] = wanted[l] * w.inverseRowScale()[first + l] * inverseColumnScale;
                }
                load(w, codeAt(w, from + j, first), codes, rows);
                choose(w.table(), z, codes, chosen, rows);
                store(chosen, w, codeAt(w, from + j, first), rows);
                values(w, chosen, first, from + j, values, rows);
                for (int l = 0; l < rows; l++) {
                    misses[at + l] = target[at + l] - values[l];
                    float error = (wanted[l] - values[l]) * diagonal;
                    target[at + l] = error;
                    loss[first + l] += (double) error * error;
                }
            }
            out(target, rows, width, errors, first * stride + from, stride);
            out(misses, rows, width, missed, first * stride + from, stride);
        }
    }

    /** {@code sums_column += Σ_k factor[factorAt + k] · misses_k} for the columns k before it, four at a time. */
    private static void addMisses(float[] sums, int column, float[] factor, int factorAt, float[] misses, int rows) {
        int at = column * STRIP;
        int k = 0;
        for (; k + 4 <= column; k += 4) {
            float f0 = factor[factorAt + k];
            float f1 = factor[factorAt + k + 1];
            float f2 = factor[factorAt + k + 2];
            float f3 = factor[factorAt + k + 3];
            int from = k * STRIP;
            for (int l = 0; l < rows; l++) {
                sums[at + l] += f0 * misses[from + l]
                        + f1 * misses[from + STRIP + l]
                        + f2 * misses[from + 2 * STRIP + l]
                        + f3 * misses[from + 3 * STRIP + l];
            }
        }
        for (; k < column; k++) {
            for (int l = 0; l < rows; l++) {
                sums[at + l] += factor[factorAt + k] * misses[k * STRIP + l];
            }
        }
    }

    @Override
    public void descend(
            CodedRows w,
            int from,
            int width,
            float[] moments,
            int momentStride,
            int column,
            float ridge,
            float[] slopes,
            int stride,
            double[] loss,
            ScaledRows changed) {
        float[] slope = byColumns();
        float[] row = new float[width];
        float[] z = new float[STRIP];
        float[] before = new float[STRIP];
        float[] values = new float[STRIP];
        int[] codes = new int[STRIP];
        int[] cells = new int[STRIP];
        int[] chosen = new int[STRIP];
        for (int first = 0; first < w.rows(); first += STRIP) {
            int rows = Math.min(STRIP, w.rows() - first);
            for (int l = 0; l < rows; l++) {
                System.arraycopy(slopes, (first + l) * stride + from, row, 0, width);
                addChanges(row, changed, first + l, moments, momentStride, column);
                for (int j = 0; j < width; j++) {
                    slope[j * STRIP + l] = row[j];
                }
            }
            for (int j = 0; j < width; j++) {
                int momentsAt = (column + j) * momentStride + column;
                float curvature = moments[momentsAt + j] + ridge;
                float step = 1 / curvature;
                float inverseColumnScale = 1 / w.columnScale()[from + j];
                int codesAt = codeAt(w, from + j, first);
                load(w, codesAt, codes, rows);
                values(w, codes, first, from + j, before, rows);
                for (int l = 0; l < rows; l++) {
                    cells[l] = codes[l] >> 1;
                    z[l] = (before[l] + step * slope[j * STRIP + l])
                            * w.inverseRowScale()[first + l]
                            * inverseColumnScale;
                }
                choose(w.table(), z, cells, chosen, rows);
                values(w, chosen, first, from + j, values, rows);
                for (int l = 0; l < rows; l++) {
                    if (chosen[l] != codes[l]) {
                        float change = values[l] - before[l];
                        int i = first + l;
                        loss[i] += lossOf(change, curvature, slope[j * STRIP + l]);
                        slopes[i * stride + from + j] -= ridge * change;
                        int at = changed.end()[i]++;
                        changed.index()[at] = column + j;
                        changed.factor()[at] = -change;
                        for (int later = j + 1; later < width; later++) {
                            slope[later * STRIP + l] -= change * moments[momentsAt + later];
                        }
                    }
                }
                store(chosen, w, codesAt, rows);
            }
        }
    }

    /** Takes to the slopes of a row in the block what has changed in the group. */
    private static void addChanges(
            float[] slope, ScaledRows changed, int row, float[] moments, int momentStride, int column) {
        for (int p = changed.first()[row]; p < changed.end()[row]; p++) {
            float factor = changed.factor()[p];
            int at = changed.index()[p] * momentStride + column;
            for (int j = 0; j < slope.length; j++) {
                slope[j] = Math.fma(factor, moments[at + j], slope[j]);
            }
        }
    }

    /** By how much the loss changes with a value: a parabola. */
    private static double lossOf(float change, float curvature, float slope) {
        return change * ((double) change * curvature - 2.0 * slope);
    }

    @Override
    public void choose(CodedRows w, int from, int width) {
        float[] target = byColumns();
        float[] z = new float[STRIP];
        int[] codes = new int[STRIP];
        int[] chosen = new int[STRIP];
        for (int first = 0; first < w.rows(); first += STRIP) {
            int rows = Math.min(STRIP, w.rows() - first);
            in(w.target(), w.targetAt() + first * w.targetStride() + from, w.targetStride(), rows, width, target);
            for (int j = 0; j < width; j++) {
                float inverseColumnScale = 1 / w.columnScale()[from + j];
                for (int l = 0; l < rows; l++) {
                    z[l] = target[j * STRIP + l] * w.inverseRowScale()[first + l] * inverseColumnScale;
                }
                load(w, codeAt(w, from + j, first), codes, rows);
                choose(w.table(), z, codes, chosen, rows);
                store(chosen, w, codeAt(w, from + j, first), rows);
            }
        }
    }

    @Override
    public void missed(CodedRows w, int from, int width, float @Nullable [] out, int stride, double[] squares) {
        float[] target = byColumns();
        float[] values = new float[STRIP];
        int[] codes = new int[STRIP];
        for (int first = 0; first < w.rows(); first += STRIP) {
            int rows = Math.min(STRIP, w.rows() - first);
            in(w.target(), w.targetAt() + first * w.targetStride() + from, w.targetStride(), rows, width, target);
            for (int j = 0; j < width; j++) {
                load(w, codeAt(w, from + j, first), codes, rows);
                values(w, codes, first, from + j, values, rows);
                for (int l = 0; l < rows; l++) {
                    float missed = target[j * STRIP + l] - values[l];
                    target[j * STRIP + l] = missed;
                    squares[first + l] += (double) missed * missed;
                }
            }
            if (out != null) {
                out(target, rows, width, out, first * stride + from, stride);
            }
        }
    }
}
