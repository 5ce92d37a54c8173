package io.bitstack.core.tensor;

/**
 * A dense matrix of {@code float}, row-major: element (i, j) is {@code data[i * columns + j]}. The array is shared,
 * never copied.
 *
 * @param rows m, at least 1
 * @param columns n, at least 1
 * @param data rows × columns elements
 */
@SuppressWarnings("ArrayRecordComponent") // a numeric container: identity is all that is ever asked of it
public record FloatMatrix(int rows, int columns, float[] data) {
    public FloatMatrix {
        if (rows < 1 || columns < 1 || (long) rows * columns != data.length) {
            throw new IllegalArgumentException(
                    "a %d × %d matrix does not have %d elements".formatted(rows, columns, data.length));
        }
    }

    public static FloatMatrix zeros(int rows, int columns) {
        return new FloatMatrix(rows, columns, new float[Math.multiplyExact(rows, columns)]);
    }

    public float at(int row, int column) {
        return data[row * columns + column];
    }
}
