package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.model.ActivationObserver;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Collects the statistics of every input over windows of calibration tokens. */
final class Calibration implements ActivationObserver {
    private static final float SCALE_FLOOR = 1e-3f;

    /** H and s of one input while they are being summed. */
    private static final class Sums {
        final int columns;
        final double[] moment;
        final double[] windowSquares;
        final double[] norms;

        Sums(int columns) {
            this.columns = columns;
            this.moment = new double[Math.multiplyExact(columns, columns)];
            this.windowSquares = new double[columns];
            this.norms = new double[columns];
        }
    }

    private final LinearAlgebra algebra;
    private final Map<String, Integer> columnsOf;
    private final Map<String, Sums> sums = new TreeMap<>();

    /** @param columnsOf the inputs to watch, with their number of columns */
    Calibration(LinearAlgebra algebra, Map<String, Integer> columnsOf) {
        this.algebra = algebra;
        this.columnsOf = columnsOf;
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
        FloatMatrix rows = FloatMatrix.zeros(tokens, n);
        FloatMatrix transposed = FloatMatrix.zeros(n, tokens);
        System.arraycopy(x, 0, rows.data(), 0, tokens * n);
        for (int t = 0; t < tokens; t++) {
            for (int j = 0; j < n; j++) {
                float value = x[t * n + j];
                transposed.data()[j * tokens + t] = value;
                sum.windowSquares[j] += (double) value * value;
            }
        }
        float[] product = algebra.multiply(transposed, rows).data();
        for (int i = 0; i < product.length; i++) {
            sum.moment[i] += product[i];
        }
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
                // Symmetric to the last bit, whatever order the products were summed in.
                double both = sum.moment[i * sum.columns + j] + sum.moment[j * sum.columns + i];
                moment[i * sum.columns + j] = both / (2.0 * tokens);
            }
        }
        return new InputStatistics(sum.columns, moment, scale);
    }
}
