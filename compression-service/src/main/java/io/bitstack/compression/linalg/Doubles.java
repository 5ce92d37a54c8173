package io.bitstack.compression.linalg;

import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A row-major matrix of doubles with the products of ND4J. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Doubles(int rows, int columns, double[] data) {
    private static final double VANISHED = 1e-10;

    static Doubles zeros(int rows, int columns) {
        return new Doubles(rows, columns, new double[Math.multiplyExact(rows, columns)]);
    }

    static Doubles of(FloatMatrix a) {
        Doubles copy = zeros(a.rows(), a.columns());
        for (int i = 0; i < copy.data.length; i++) {
            copy.data[i] = a.data()[i];
        }
        return copy;
    }

    static Doubles random(int rows, int columns, Random random) {
        Doubles matrix = zeros(rows, columns);
        Arrays.setAll(matrix.data, i -> random.nextDouble() - 0.5);
        return matrix;
    }

    double at(int row, int column) {
        return data[row * columns + column];
    }

    Doubles times(Doubles b) {
        try (INDArray transposed = NativeArrays.transposeOf(b.data, b.rows, b.columns)) {
            return times(transposed);
        }
    }

    /**
     * The product with a matrix that is in native memory already.
     *
     * @param transposed Bᵀ
     */
    Doubles times(INDArray transposed) {
        int width = Math.toIntExact(transposed.rows());
        try (INDArray own = NativeArrays.transposeOf(data, rows, columns);
                INDArray product = NativeArrays.transpose(DataType.DOUBLE, rows, width)) {
            Nd4j.gemm(transposed, own, product, false, false, 1, 0);
            return new Doubles(rows, width, NativeArrays.toDoubles(product));
        }
    }

    Doubles transposed() {
        Doubles transposed = zeros(columns, rows);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                transposed.data[j * rows + i] = at(i, j);
            }
        }
        return transposed;
    }

    /** Gram–Schmidt on the rows, twice for accuracy; a row that vanishes is replaced by a random one. */
    Doubles orthonormalised(Random random) {
        Doubles result = new Doubles(rows, columns, data.clone());
        for (int a = 0; a < rows; a++) {
            double before = Math.sqrt(result.dot(a, a));
            for (int pass = 0; pass < 2; pass++) {
                for (int b = 0; b < a; b++) {
                    result.addRow(-result.dot(a, b), b, a);
                }
            }
            double norm = Math.sqrt(result.dot(a, a));
            if (norm <= VANISHED * before || norm == 0) {
                for (int j = 0; j < columns; j++) {
                    result.data[a * columns + j] = random.nextDouble() - 0.5;
                }
                a--;
                continue;
            }
            for (int j = 0; j < columns; j++) {
                result.data[a * columns + j] /= norm;
            }
        }
        return result;
    }

    private double dot(int rowA, int rowB) {
        double even = 0;
        double odd = 0;
        int j = 0;
        for (; j + 2 <= columns; j += 2) {
            even += at(rowA, j) * at(rowB, j);
            odd += at(rowA, j + 1) * at(rowB, j + 1);
        }
        return even + odd + (j < columns ? at(rowA, j) * at(rowB, j) : 0);
    }

    private void addRow(double factor, int from, int to) {
        for (int j = 0; j < columns; j++) {
            data[to * columns + j] += factor * data[from * columns + j];
        }
    }

    /** −1 if the element of the largest magnitude in a row is negative, else 1: fixes the sign of a singular vector. */
    double signOfLargest(int row) {
        double largest = 0;
        for (int j = 0; j < columns; j++) {
            if (Math.abs(at(row, j)) > Math.abs(largest)) {
                largest = at(row, j);
            }
        }
        return largest < 0 ? -1 : 1;
    }
}
