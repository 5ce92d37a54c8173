package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.ScaledRows;

/**
 * By how much the codes of a group of columns changed the values, for each row of a tile those columns alone that changed: few, so that what follows
 * from them is summed much faster than by a product with the whole matrix of changes.
 */
final class CodeChanges {
    private static final KernelProvider KERNELS = Kernels.active();

    private final int rows;
    private final int[] first;
    private final int[] end;
    private int[] columns;
    /** What was taken away. */
    private float[] decreases;

    private boolean empty = true;

    private CodeChanges(int rows, int capacity) {
        this.rows = rows;
        this.first = new int[rows];
        this.end = new int[rows];
        this.columns = new int[capacity];
        this.decreases = new float[capacity];
    }

    /** A list that is added to, with room for every column of a group. */
    static CodeChanges open(int rows, int groupColumns) {
        CodeChanges changes = new CodeChanges(rows, rows * groupColumns);
        for (int i = 0; i < rows; i++) {
            changes.first[i] = i * groupColumns;
        }
        changes.clear();
        return changes;
    }

    /** A list that keeps what another one has. */
    static CodeChanges kept(int rows) {
        return new CodeChanges(rows, 0);
    }

    void clear() {
        System.arraycopy(first, 0, end, 0, rows);
        empty = true;
    }

    boolean isEmpty() {
        return empty;
    }

    /** What is changed with the list, and changes it. */
    ScaledRows rows() {
        return new ScaledRows(first, end, columns, decreases);
    }

    /** Replaces what this list has by what an open one has. */
    void keep(CodeChanges open) {
        int size = 0;
        for (int i = 0; i < rows; i++) {
            size += open.end[i] - open.first[i];
        }
        if (size > columns.length) {
            columns = new int[size + size / 4];
            decreases = new float[columns.length];
        }
        int at = 0;
        for (int i = 0; i < rows; i++) {
            int count = open.end[i] - open.first[i];
            System.arraycopy(open.columns, open.first[i], columns, at, count);
            System.arraycopy(open.decreases, open.first[i], decreases, at, count);
            first[i] = at;
            at += count;
            end[i] = at;
        }
        empty = size == 0;
    }

    /**
     * Takes from each row i of {@code c} the changes times rows of {@code b}: row 0 of it, at {@code bOffset}, is that of the group's first column.
     *
     * @param rowsOfC at most as many as this list has
     */
    void subtract(int rowsOfC, float[] b, int bOffset, int ldb, float[] c, int cOffset, int ldc, int count) {
        if (!empty) {
            KERNELS.addScaledRows(rows(), rowsOfC, b, bOffset, ldb, c, cOffset, ldc, count);
        }
    }
}
