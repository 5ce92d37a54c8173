package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The loops over matrices in C, through {@link NativeCalls}; the short ones are left to a Java provider. C checks no bounds, so all
 * are checked here.
 */
final class NativeKernels implements KernelProvider {
    /** No call takes longer than about a millisecond: the garbage collector waits for it. */
    private static final int MOST_WEIGHTS_A_CALL = 1 << 23;

    private static final int MOST_MULTIPLY_ADDS_A_CALL = 1 << 25;
    /** Of a product, what the C code takes at a time, and rows of B that the rows of A are read once for. */
    private static final int PRODUCT_DEPTH = 384;

    private static final int ROWS_OF_B_A_CALL = 256;
    private static final int HADAMARD_FROM = 8;
    /** Elements of a head come sixteen at a time. */
    private static final int ATTENTION_MULTIPLE = 16;

    private final InstructionSet instructions;
    private final NativeCalls calls;
    private final ColumnKernels columns;
    private final KernelProvider java;

    /** @param java for the loops that are too short to gain by C */
    NativeKernels(InstructionSet instructions, KernelProvider java) {
        this.instructions = instructions;
        this.calls = new NativeCalls(instructions);
        this.columns = new NativeColumns(instructions);
        this.java = java;
    }

    @Override
    public String name() {
        return "native";
    }

    @Override
    public String description() {
        return "native (" + instructions.name() + ")";
    }

    @Override
    public ColumnKernels columns() {
        return columns;
    }

    @Override
    public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        return java.dot(a, aOffset, b, bOffset, length);
    }

    @Override
    public void axpy(float alpha, float[] x, int xOffset, float[] y, int yOffset, int length) {
        java.axpy(alpha, x, xOffset, y, yOffset, length);
    }

    @Override
    public void exponentials(float[] x, int xOffset, float shift, float[] out, int outOffset, int length) {
        java.exponentials(x, xOffset, shift, out, outOffset, length);
    }

    @Override
    public void bfloat16Rows(
            MemorySegment w, int columns, float[] x, int xOffset, float[] y, int yOffset, int from, int to) {
        java.bfloat16Rows(w, columns, x, xOffset, y, yOffset, from, to);
    }

    @Override
    public void signedSums(MemorySegment plane, long rowOffsetBytes, float[] f, int columns, int k, float[] out) {
        java.signedSums(plane, rowOffsetBytes, f, columns, k, out);
    }

    @Override
    public void addSignedProducts(
            MemorySegment plane,
            int columns,
            float[] left,
            float[] f,
            int k,
            float[] y,
            int yOffset,
            int from,
            int to) {
        java.addSignedProducts(plane, columns, left, f, k, y, yOffset, from, to);
    }

    @Override
    public void gate(float[] gate, float[] up, int from, int to) {
        java.gate(gate, up, from, to);
    }

    @Override
    public void attend(
            float[] q,
            int qOffset,
            int heads,
            int headSize,
            float scale,
            KvPage page,
            int keysOffset,
            int valuesOffset,
            int slots,
            float[] state,
            int stateOffset,
            float[] out,
            int outOffset) {
        if (headSize % ATTENTION_MULTIPLE != 0) {
            KernelProvider.super.attend(
                    q,
                    qOffset,
                    heads,
                    headSize,
                    scale,
                    page,
                    keysOffset,
                    valuesOffset,
                    slots,
                    state,
                    stateOffset,
                    out,
                    outOffset);
            return;
        }
        Objects.checkIndex(slots, PAGE_SLOTS + 1);
        checkMatrix(q.length, qOffset, headSize, heads, headSize);
        checkMatrix(page.size(), keysOffset, headSize, slots, headSize);
        checkMatrix(page.size(), valuesOffset, headSize, slots, headSize);
        checkMatrix(state.length, stateOffset, 2, heads, 2);
        checkMatrix(out.length, outOffset, headSize, heads, headSize);
        calls.attend(
                q,
                qOffset,
                heads,
                headSize,
                scale,
                page,
                keysOffset,
                valuesOffset,
                slots,
                state,
                stateOffset,
                out,
                outOffset);
    }

    @Override
    public void multiplyTransposed(
            float[] a,
            int aOffset,
            int lda,
            float[] b,
            int bOffset,
            int ldb,
            float[] c,
            int cOffset,
            int ldc,
            int m,
            int n,
            int k) {
        checkMatrix(a.length, aOffset, lda, m, k);
        checkMatrix(b.length, bOffset, ldb, n, k);
        checkMatrix(c.length, cOffset, ldc, m, n);
        // How it is split does not show in the result. By rows of B, each of which is transposed once a call; but some
        // of them at a time, for which A is read once, so that deep products are split by k first.
        int together = Math.min(n, ROWS_OF_B_A_CALL);
        int depth = Math.clamp(
                MOST_MULTIPLY_ADDS_A_CALL / Math.max(1L, (long) m * together) / PRODUCT_DEPTH * PRODUCT_DEPTH,
                PRODUCT_DEPTH,
                Math.max(PRODUCT_DEPTH, k));
        int step = Math.clamp(
                MOST_MULTIPLY_ADDS_A_CALL / Math.max(1L, (long) m * Math.min(depth, k)) / 32 * 32, 32, Math.max(32, n));
        for (int j = 0; j < n; j += step) {
            int rows = Math.min(step, n - j);
            int p = 0;
            do {
                int count = Math.min(depth, k - p);
                calls.product(
                        a, aOffset + p, lda, b, bOffset + j * ldb + p, ldb, c, cOffset + j, ldc, m, rows, count, p > 0);
                p += depth;
            } while (p < k);
        }
    }

    @Override
    public void addScaledRows(
            ScaledRows rows, int m, float[] b, int bOffset, int ldb, float[] c, int cOffset, int ldc, int n) {
        checkMatrix(c.length, cOffset, ldc, m, n);
        checkMatrix(b.length, bOffset, ldb, 1, n);
        int last = lastRow(rows, m);
        if (bOffset + (long) last * ldb + n > b.length) {
            throw new IndexOutOfBoundsException(
                    "row %d at %d with leading dimension %d is not within %d".formatted(last, bOffset, ldb, b.length));
        }
        int from = 0;
        long multiplyAdds = 0;
        for (int i = 0; i < m; i++) {
            multiplyAdds += Math.max(0L, rows.end()[i] - rows.first()[i]) * n;
            if (multiplyAdds > MOST_MULTIPLY_ADDS_A_CALL / 4) {
                calls.scaledRows(rows, from, i + 1, b, bOffset, ldb, c, cOffset, ldc, n);
                from = i + 1;
                multiplyAdds = 0;
            }
        }
        if (multiplyAdds > 0) {
            calls.scaledRows(rows, from, m, b, bOffset, ldb, c, cOffset, ldc, n);
        }
    }

    /** The highest index that is used of some rows. Lists that lie one after the other, as they mostly do, are looked through as one. */
    private static int lastRow(ScaledRows rows, int m) {
        int length = Math.min(rows.index().length, rows.factor().length);
        int highest = 0;
        int from = 0;
        int to = 0;
        for (int i = 0; i < m; i++) {
            int first = rows.first()[i];
            int end = Math.max(first, rows.end()[i]);
            Objects.checkFromToIndex(first, end, length);
            if (first != to) {
                highest = Math.max(highest, highest(rows.index(), from, to));
                from = first;
            }
            to = end;
        }
        return Math.max(highest, highest(rows.index(), from, to));
    }

    private static int highest(int[] index, int from, int to) {
        int least = 0;
        int most = 0;
        for (int p = from; p < to; p++) {
            least = Math.min(least, index[p]);
            most = Math.max(most, index[p]);
        }
        if (least < 0) {
            throw new IndexOutOfBoundsException("row " + least);
        }
        return most;
    }

    /** Checks that rows × columns elements at {@code offset}, rows {@code stride} apart, lie within the array. */
    private static void checkMatrix(int length, int offset, int stride, int rows, int columns) {
        if (rows < 0 || columns < 0 || stride < 0 || offset < 0) {
            throw new IndexOutOfBoundsException(
                    "a matrix of %d × %d at %d with leading dimension %d".formatted(rows, columns, offset, stride));
        }
        if (rows > 0 && columns > 0 && offset + (rows - 1L) * stride + columns > length) {
            throw new IndexOutOfBoundsException("%d × %d elements at %d with leading dimension %d are not within %d"
                    .formatted(rows, columns, offset, stride, length));
        }
    }

    @Override
    public void hadamard(float[] x, int offset, int length, int block) {
        if (block < HADAMARD_FROM) {
            java.hadamard(x, offset, length, block);
            return;
        }
        if (Integer.bitCount(block) != 1 || length % block != 0) {
            throw new IllegalArgumentException(
                    "blocks of %d, a power of two, must fill %d elements".formatted(block, length));
        }
        Objects.checkFromIndexSize(offset, length, x.length);
        calls.hadamard(x, offset, length, block);
    }

    @Override
    public void prepare(float[] x, int tokens, float[] columnScale, PlaneInput out) {
        int n = columnScale.length;
        checkMatrix(x.length, 0, n, tokens, n);
        out.needQuanta(tokens, n);
        for (int t = 0; t < tokens; t++) {
            calls.prepare(x, t * n, columnScale, out, t);
        }
    }

    @Override
    public void planes(SignPlanes w, PlaneInput x, int token, float[] y, int yOffset, int from, int to) {
        int n = w.columns();
        checkMatrix(y.length, yOffset, 1, w.rows(), 1);
        Objects.checkFromToIndex(from, to, w.rows());
        Objects.checkFromIndexSize(
                token * PlaneInput.quantaSize(n), PlaneInput.quantaSize(n), (int) x.quanta.byteSize());
        Objects.checkFromIndexSize(
                token * PlaneInput.unitsSize(n), PlaneInput.unitsSize(n), (int) (x.units.byteSize() / Float.BYTES));
        int step = rowsACall(n);
        try {
            for (int start = from; start < to; start += step) {
                calls.planes(w, x, token, y, yOffset, start, Math.min(to, start + step));
            }
        } finally {
            Reference.reachabilityFence(w);
        }
    }

    @Override
    public void addSide(float[] side, int rank, float[] u, int uOffset, float[] y, int yOffset, int from, int to) {
        Objects.checkFromToIndex(from, to, rank == 0 ? to : side.length / rank);
        Objects.checkFromIndexSize(uOffset, rank, u.length);
        Objects.checkFromToIndex(yOffset + from, yOffset + to, y.length);
        calls.side(side, rank, u, uOffset, y, yOffset, from, to);
    }

    @Override
    public void decodeRows(SignPlanes w, float[] columnScale, int from, int to, float[] out) {
        int n = w.columns();
        Objects.checkFromToIndex(from, to, w.rows());
        Objects.checkFromIndexSize(0, n, columnScale.length);
        checkMatrix(out.length, 0, n, to - from, n);
        try {
            calls.decode(w, columnScale, from, to, out);
        } finally {
            Reference.reachabilityFence(w);
        }
    }

    /** Rows are taken by eights, on some instruction sets by fours. */
    private static int rowsACall(int columns) {
        return Math.max(8, MOST_WEIGHTS_A_CALL / columns / 8 * 8);
    }
}
