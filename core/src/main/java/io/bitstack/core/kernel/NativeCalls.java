package io.bitstack.core.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C functions as Java methods, on one of the instruction sets. Arrays are passed where they lie, so nothing is copied; a call holds up the garbage collector
 * for as long as it takes, so callers keep calls short.
 */
final class NativeCalls {
    // Static and final: the compiler then turns a call into a few instructions.
    private static final MethodHandle PREPARE =
            function("bitstack_prepare", ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);
    private static final MethodHandle PLANES = function(
            "bitstack_planes",
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT);
    private static final MethodHandle DECODE = function(
            "bitstack_decode", ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle PRODUCT = function(
            "bitstack_product",
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT);
    private static final MethodHandle SCALED_ROWS = function(
            "bitstack_scaled_rows",
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT);
    private static final MethodHandle SIDE =
            function("bitstack_side", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle HADAMARD = function("bitstack_hadamard", ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle ATTEND = function(
            "bitstack_attend",
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT,
            ADDRESS,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            ADDRESS,
            JAVA_LONG);

    private final MemorySegment instructions;

    NativeCalls(InstructionSet instructions) {
        this.instructions = instructions.kernels();
    }

    static MethodHandle function(String name, MemoryLayout... parameters) {
        return NativeLibrary.function(name, FunctionDescriptor.ofVoid(withInstructions(parameters)));
    }

    /** Each function takes the instruction set to run on first. */
    private static MemoryLayout[] withInstructions(MemoryLayout[] parameters) {
        MemoryLayout[] all = new MemoryLayout[parameters.length + 1];
        all[0] = ADDRESS;
        System.arraycopy(parameters, 0, all, 1, parameters.length);
        return all;
    }

    static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("a native kernel could not be called", e);
    }

    void prepare(float[] x, int xOffset, float[] scale, PlaneInput out, int token) {
        int n = scale.length;
        try {
            PREPARE.invokeExact(
                    instructions,
                    MemorySegment.ofArray(x),
                    (long) xOffset,
                    MemorySegment.ofArray(scale),
                    n,
                    out.quanta,
                    (long) token * PlaneInput.quantaSize(n),
                    out.units,
                    (long) token * PlaneInput.unitsSize(n));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void planes(SignPlanes w, PlaneInput x, int token, float[] y, int yOffset, int from, int to) {
        int n = w.columns();
        try {
            PLANES.invokeExact(
                    instructions,
                    MemorySegment.ofArray(w.addresses()),
                    w.level(),
                    n,
                    MemorySegment.ofArray(w.rowScale()),
                    MemorySegment.ofArray(w.quantisedTable()),
                    x.quanta,
                    (long) token * PlaneInput.quantaSize(n),
                    x.units,
                    (long) token * PlaneInput.unitsSize(n),
                    MemorySegment.ofArray(y),
                    (long) yOffset,
                    from,
                    to);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void decode(SignPlanes w, float[] columnScale, int from, int to, float[] out) {
        try {
            DECODE.invokeExact(
                    instructions,
                    MemorySegment.ofArray(w.addresses()),
                    w.level(),
                    w.columns(),
                    MemorySegment.ofArray(w.rowScale()),
                    MemorySegment.ofArray(w.table()),
                    MemorySegment.ofArray(columnScale),
                    MemorySegment.ofArray(out),
                    from,
                    to);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** @param continued whether the sums go on from what stands in C */
    void product(
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
            int k,
            boolean continued) {
        int goesOn = continued ? 1 : 0;
        try {
            PRODUCT.invokeExact(
                    instructions,
                    MemorySegment.ofArray(a),
                    (long) aOffset,
                    lda,
                    MemorySegment.ofArray(b),
                    (long) bOffset,
                    ldb,
                    MemorySegment.ofArray(c),
                    (long) cOffset,
                    ldc,
                    m,
                    n,
                    k,
                    goesOn);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Rows [from, to) of C. */
    void scaledRows(
            ScaledRows rows,
            int from,
            int to,
            float[] b,
            int bOffset,
            int ldb,
            float[] c,
            int cOffset,
            int ldc,
            int n) {
        try {
            SCALED_ROWS.invokeExact(
                    instructions,
                    MemorySegment.ofArray(rows.first()),
                    MemorySegment.ofArray(rows.end()),
                    MemorySegment.ofArray(rows.index()),
                    MemorySegment.ofArray(rows.factor()),
                    MemorySegment.ofArray(b),
                    (long) bOffset,
                    ldb,
                    MemorySegment.ofArray(c),
                    (long) cOffset,
                    ldc,
                    from,
                    to - from,
                    n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void side(float[] side, int rank, float[] u, int uOffset, float[] y, int yOffset, int from, int to) {
        try {
            SIDE.invokeExact(
                    instructions,
                    MemorySegment.ofArray(side),
                    rank,
                    MemorySegment.ofArray(u),
                    (long) uOffset,
                    MemorySegment.ofArray(y),
                    (long) yOffset,
                    from,
                    to);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void hadamard(float[] x, int offset, int length, int block) {
        try {
            HADAMARD.invokeExact(instructions, MemorySegment.ofArray(x), (long) offset, length, block);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void attend(
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
        // As enum page_kind has them.
        int kind = switch (page) {
            case KvPage.Single _ -> 0;
            case KvPage.Half _ -> 1;
            case KvPage.Int8 _ -> 2;
        };
        float[] scales = PageAttention.scales(page, headSize, keysOffset, valuesOffset);
        MemorySegment scalesMemory = scales == null ? MemorySegment.NULL : MemorySegment.ofArray(scales);
        try {
            ATTEND.invokeExact(
                    instructions,
                    MemorySegment.ofArray(q),
                    (long) qOffset,
                    heads,
                    headSize,
                    scale,
                    page.memory(),
                    kind,
                    (long) keysOffset,
                    (long) valuesOffset,
                    scalesMemory,
                    slots,
                    MemorySegment.ofArray(state),
                    (long) stateOffset,
                    MemorySegment.ofArray(out),
                    (long) outOffset);
        } catch (Throwable e) {
            throw failed(e);
        }
    }
}
