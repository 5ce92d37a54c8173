package io.bitstack.bench;

import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.model.ActivationObserver;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Sums x·xᵀ of every input that a forward pass shows, for quantisers that weigh errors by it. */
final class SecondMoments implements ActivationObserver {
    private final LinearAlgebra algebra;
    private final Map<String, Integer> columnsOf = new TreeMap<>();
    private final Map<String, float[]> sums = new TreeMap<>();

    SecondMoments(List<MatrixSpec> matrices, LinearAlgebra algebra) {
        this.algebra = algebra;
        matrices.forEach(matrix -> columnsOf.put(matrix.input(), matrix.columns()));
    }

    /** H of an input up to a factor, n × n; zeros where no pass showed it. */
    float[] of(String input) {
        int n = columns(input);
        return sums.getOrDefault(input, new float[n * n]);
    }

    private int columns(String input) {
        return Objects.requireNonNull(columnsOf.get(input), input);
    }

    @Override
    public void observe(String input, float[] x, int tokens) {
        int n = columns(input);
        FloatMatrix rows = FloatMatrix.zeros(tokens, n);
        FloatMatrix columns = FloatMatrix.zeros(n, tokens);
        for (int t = 0; t < tokens; t++) {
            for (int j = 0; j < n; j++) {
                rows.data()[t * n + j] = x[t * n + j];
                columns.data()[j * tokens + t] = x[t * n + j];
            }
        }
        float[] product = algebra.multiply(columns, rows).data();
        float[] sum = sums.computeIfAbsent(input, name -> new float[n * n]);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += product[i];
        }
    }
}
