package io.bitstack.compression.linalg;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Moves matrices in and out of ND4J's memory in bulk; {@code Nd4j.create} goes number by number. Arrays are column-major, so that the bytes of a row-major
 * matrix are its transpose: Cᵀ = Bᵀ·Aᵀ needs no copy in another order.
 */
final class NativeArrays {
    private NativeArrays() {}

    /** The transpose (columns × rows) of a row-major matrix. */
    static INDArray transposeOf(double[] values, int rows, int columns) {
        INDArray array = transpose(DataType.DOUBLE, rows, columns);
        doubles(array).put(values, 0, rows * columns);
        return array;
    }

    /** The transpose (columns × rows) of a row-major matrix. */
    static INDArray transposeOf(float[] values, int rows, int columns) {
        INDArray array = transpose(DataType.FLOAT, rows, columns);
        floats(array).put(values, 0, rows * columns);
        return array;
    }

    /** Room for the transpose of a row-major matrix, with anything in it. */
    static INDArray transpose(DataType type, int rows, int columns) {
        return Nd4j.createUninitialized(type, new long[] {columns, rows}, 'f');
    }

    static double[] toDoubles(INDArray array) {
        double[] values = new double[Math.toIntExact(array.length())];
        doubles(array).get(values, 0, values.length);
        return values;
    }

    static float[] toFloats(INDArray array) {
        float[] values = new float[Math.toIntExact(array.length())];
        floats(array).get(values, 0, values.length);
        return values;
    }

    private static DoublePointer doubles(INDArray array) {
        return new DoublePointer(array.data().pointer());
    }

    private static FloatPointer floats(INDArray array) {
        return new FloatPointer(array.data().pointer());
    }
}
