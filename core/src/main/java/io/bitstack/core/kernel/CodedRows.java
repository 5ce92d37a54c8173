package io.bitstack.core.kernel;

/**
 * Some rows of a matrix and the codes of its weights, which are chosen column by column.
 *
 * @param codes by columns: that of row i and column j at {@code codesAt + j · rows + i}, unsigned
 * @param rowScale a code stands for {@code values[code] · rowScale_i · columnScale_j}
 * @param inverseRowScale 1 / {@code rowScale}, or 0
 * @param target W', row i from {@code targetAt + i · targetStride} on
 */
public record CodedRows(
        CodeTable table,
        byte[] codes,
        int codesAt,
        int rows,
        float[] rowScale,
        float[] inverseRowScale,
        float[] columnScale,
        float[] target,
        int targetAt,
        int targetStride) {}
