package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.ActivationObserver;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Collects the statistics of every input over windows of calibration tokens. */
final class Calibration implements ActivationObserver {
    private static final float SCALE_FLOOR = 1e-3f;
    /** Tokens that one matrix product sums over: many, since a sum is then added to doubles. */
    private static final int HELD_TOKENS = 256;

    private static final int BAND_ROWS = 48;

    /** The lower triangle of H, and s, of one input while they are being summed. */
    private static final class Sums {
        final int columns;
        final double[] moment;
        final double[] windowSquares;
        final double[] norms;
        /** Activations whose products are still to be added, one column after the other. */
        final float[] transposed;

        int held;

        Sums(int columns) {
            this.columns = columns;
            this.moment = new double[Math.multiplyExact(columns, columns)];
            this.windowSquares = new double[columns];
            this.norms = new double[columns];
            this.transposed = new float[Math.multiplyExact(columns, HELD_TOKENS)];
        }
    }

    private final Map<String, Integer> columnsOf;
    private final RowPool pool;
    private final Map<String, Sums> sums = new TreeMap<>();

    /** @param columnsOf the inputs to watch, with their number of columns */
    Calibration(Map<String, Integer> columnsOf, RowPool pool) {
        this.columnsOf = columnsOf;
        this.pool = pool;
    }

    Map<String, InputStatistics> run(
            Transformer transformer,
            ModelWeights weights,
            List<int[]> windows,
            Progress progress,
            BooleanSupplier cancelled) {
        long tokens = 0;
        for (int w = 0; w < windows.size(); w++) {
            Cancellation.check(cancelled);
            transformer.observe(weights, windows.get(w), this);
            tokens += windows.get(w).length;
            sums.values().forEach(Calibration::endWindow);
            progress.matrices(w + 1, windows.size(), "window " + (w + 1), Double.NaN);
        }
        sums.values().forEach(this::addProducts);
        Map<String, InputStatistics> statistics = new TreeMap<>();
        for (Map.Entry<String, Integer> input : columnsOf.entrySet()) {
            Sums seen = sums.get(input.getKey());
            statistics.put(
                    input.getKey(),
                    seen == null ? InputStatistics.white(input.getValue()) : mean(seen, tokens, windows.size()));
        }
        return statistics;
    }

    @Override
    public void observe(String input, float[] x, int tokens) {
        Integer columns = columnsOf.get(input);
        if (columns == null) {
            return;
        }
        Sums sum = sums.computeIfAbsent(input, name -> new Sums(columns));
        int n = sum.columns;
        for (int t = 0; t < tokens; t++) {
            if (sum.held == HELD_TOKENS) {
                addProducts(sum);
            }
            for (int j = 0; j < n; j++) {
                float value = x[t * n + j];
                sum.transposed[j * HELD_TOKENS + sum.held] = value;
                sum.windowSquares[j] += (double) value * value;
            }
            sum.held++;
        }
    }

    /** Adds Xᵀ·X of the tokens held to the lower triangle, a band of rows at a time, and holds none any more. */
    private void addProducts(Sums sum) {
        int n = sum.columns;
        int bands = (n + BAND_ROWS - 1) / BAND_ROWS;
        pool.forRows(bands, 1, (from, to) -> {
            float[] product = new float[BAND_ROWS * n];
            for (int band = from; band < to; band++) {
                int first = band * BAND_ROWS;
                int end = Math.min(n, first + BAND_ROWS);
                Kernels.active()
                        .multiplyTransposed(
                                sum.transposed,
                                first * HELD_TOKENS,
                                HELD_TOKENS,
                                sum.transposed,
                                0,
                                HELD_TOKENS,
                                product,
                                0,
                                n,
                                end - first,
                                end,
                                sum.held);
                for (int i = first; i < end; i++) {
                    for (int j = 0; j <= i; j++) {
                        sum.moment[i * n + j] += product[(i - first) * n + j];
                    }
                }
            }
        });
        sum.held = 0;
    }

    private static void endWindow(Sums sum) {
        for (int j = 0; j < sum.columns; j++) {
            sum.norms[j] += Math.sqrt(sum.windowSquares[j]);
            sum.windowSquares[j] = 0;
        }
    }

    private static InputStatistics mean(Sums sum, long tokens, int windows) {
        double[] moment = new double[sum.moment.length];
        float[] scale = new float[sum.columns];
        for (int i = 0; i < sum.columns; i++) {
            scale[i] = (float) (sum.norms[i] / windows) + SCALE_FLOOR;
            for (int j = 0; j < sum.columns; j++) {
                int lower = Math.max(i, j) * sum.columns + Math.min(i, j);
                moment[i * sum.columns + j] = sum.moment[lower] / tokens;
            }
        }
        return new InputStatistics(sum.columns, moment, scale);
    }
}
