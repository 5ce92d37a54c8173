package io.bitstack.core.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@link ColumnKernels} in C. C checks no bounds, so all are checked here. */
final class NativeColumns implements ColumnKernels {
    private static final int MOST_ENTRIES = 256;
    private static final MemoryLayout[] BLOCK = {
        ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG,
        JAVA_INT
    };
    private static final MethodHandle FEED_BACK = function(
            "bitstack_feed_back",
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS);
    private static final MethodHandle DESCEND = function(
            "bitstack_descend",
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT,
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS);
    private static final MethodHandle CHOOSE = function("bitstack_choose");
    private static final MethodHandle MISSED =
            function("bitstack_missed", ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS);

    private final MemorySegment instructions;

    NativeColumns(InstructionSet instructions) {
        this.instructions = instructions.kernels();
    }

    private static MethodHandle function(String name, MemoryLayout... afterBlock) {
        MemoryLayout[] all = Arrays.copyOf(BLOCK, BLOCK.length + afterBlock.length);
        System.arraycopy(afterBlock, 0, all, BLOCK.length, afterBlock.length);
        return NativeCalls.function(name, all);
    }

    /** Rows of some numbers each, so far apart, must lie within an array. */
    private static void check(int length, long offset, int stride, int rows, int columns) {
        if (offset < 0 || stride < 0 || rows < 0 || offset + Math.max(0, rows - 1L) * stride + columns > length) {
            throw new IndexOutOfBoundsException("%d × %d elements at %d with leading dimension %d are not within %d"
                    .formatted(rows, columns, offset, stride, length));
        }
    }

    /** Checks a block, and puts its numbers where C finds them. */
    private static int[] numbers(CodedRows w, int from, int width) {
        if (width < 1 || width > MOST_COLUMNS) {
            throw new IllegalArgumentException("a block has 1 to %d columns, not %d".formatted(MOST_COLUMNS, width));
        }
        CodeTable table = w.table();
        int entries = table.values().length;
        if (entries < 1
                || entries > MOST_ENTRIES
                || table.middles().length != (table.refines() ? entries / 2 : entries - 1)) {
            throw new IllegalArgumentException(
                    "a table of %d entries with %d middles".formatted(entries, table.middles().length));
        }
        int rows = w.rows();
        check(w.codes().length, w.codesAt() + (long) from * rows, rows, width, rows);
        check(w.rowScale().length, 0, 1, 1, rows);
        check(w.inverseRowScale().length, 0, 1, 1, rows);
        check(w.columnScale().length, from, 1, 1, width);
        check(w.target().length, (long) w.targetAt() + from, w.targetStride(), rows, width);
        return new int[] {entries, table.refines() ? 1 : 0, rows, width};
    }

    @Override
    public void feedBack(
            CodedRows w,
            int from,
            int width,
            float[] near,
            float[] far,
            int farAt,
            int farStride,
            float[] factor,
            int factorAt,
            int factorStride,
            float[] missed,
            float[] errors,
            int stride,
            double[] loss) {
        int[] numbers = numbers(w, from, width);
        check(near.length, 0, width, w.rows(), width);
        check(far.length, farAt, farStride, w.rows(), width);
        check(factor.length, factorAt, factorStride, width, width);
        check(missed.length, from, stride, w.rows(), width);
        check(errors.length, from, stride, w.rows(), width);
        check(loss.length, 0, 1, 1, w.rows());
        try {
            FEED_BACK.invokeExact(
                    instructions,
                    MemorySegment.ofArray(w.table().values()),
                    MemorySegment.ofArray(w.table().middles()),
                    MemorySegment.ofArray(numbers),
                    MemorySegment.ofArray(w.codes()),
                    w.codesAt() + (long) from * w.rows(),
                    MemorySegment.ofArray(w.rowScale()),
                    MemorySegment.ofArray(w.inverseRowScale()),
                    MemorySegment.ofArray(w.columnScale()),
                    (long) from,
                    MemorySegment.ofArray(w.target()),
                    (long) w.targetAt() + from,
                    w.targetStride(),
                    MemorySegment.ofArray(near),
                    MemorySegment.ofArray(far),
                    (long) farAt,
                    farStride,
                    MemorySegment.ofArray(factor),
                    (long) factorAt,
                    factorStride,
                    MemorySegment.ofArray(missed),
                    MemorySegment.ofArray(errors),
                    (long) from,
                    stride,
                    MemorySegment.ofArray(loss));
        } catch (Throwable e) {
            throw NativeCalls.failed(e);
        }
    }

    @Override
    public void descend(
            CodedRows w,
            int from,
            int width,
            float[] moments,
            int momentStride,
            int column,
            float ridge,
            float[] slopes,
            int stride,
            double[] loss,
            ScaledRows changed) {
        int[] numbers = numbers(w, from, width);
        check(moments.length, column, momentStride, column + width, width);
        check(slopes.length, from, stride, w.rows(), width);
        check(loss.length, 0, 1, 1, w.rows());
        checkChanges(changed, w.rows(), width, column);
        try {
            DESCEND.invokeExact(
                    instructions,
                    MemorySegment.ofArray(w.table().values()),
                    MemorySegment.ofArray(w.table().middles()),
                    MemorySegment.ofArray(numbers),
                    MemorySegment.ofArray(w.codes()),
                    w.codesAt() + (long) from * w.rows(),
                    MemorySegment.ofArray(w.rowScale()),
                    MemorySegment.ofArray(w.inverseRowScale()),
                    MemorySegment.ofArray(w.columnScale()),
                    (long) from,
                    MemorySegment.ofArray(w.target()),
                    (long) w.targetAt() + from,
                    w.targetStride(),
                    MemorySegment.ofArray(moments),
                    momentStride,
                    column,
                    ridge,
                    MemorySegment.ofArray(slopes),
                    (long) from,
                    stride,
                    MemorySegment.ofArray(loss),
                    MemorySegment.ofArray(changed.first()),
                    MemorySegment.ofArray(changed.end()),
                    MemorySegment.ofArray(changed.index()),
                    MemorySegment.ofArray(changed.factor()));
        } catch (Throwable e) {
            throw NativeCalls.failed(e);
        }
    }

    /** What has changed lies before the block in its group, and there is room for as many columns more as the block has. */
    private static void checkChanges(ScaledRows changed, int rows, int width, int column) {
        int[] index = changed.index();
        int room = Math.min(index.length, changed.factor().length);
        for (int i = 0; i < rows; i++) {
            int first = changed.first()[i];
            int end = changed.end()[i];
            Objects.checkFromToIndex(first, end, room);
            Objects.checkFromIndexSize(end, width, room);
            for (int p = first; p < end; p++) {
                Objects.checkIndex(index[p], column);
            }
        }
    }

    @Override
    public void choose(CodedRows w, int from, int width) {
        int[] numbers = numbers(w, from, width);
        try {
            CHOOSE.invokeExact(
                    instructions,
                    MemorySegment.ofArray(w.table().values()),
                    MemorySegment.ofArray(w.table().middles()),
                    MemorySegment.ofArray(numbers),
                    MemorySegment.ofArray(w.codes()),
                    w.codesAt() + (long) from * w.rows(),
                    MemorySegment.ofArray(w.rowScale()),
                    MemorySegment.ofArray(w.inverseRowScale()),
                    MemorySegment.ofArray(w.columnScale()),
                    (long) from,
                    MemorySegment.ofArray(w.target()),
                    (long) w.targetAt() + from,
                    w.targetStride());
        } catch (Throwable e) {
            throw NativeCalls.failed(e);
        }
    }

    @Override
    public void missed(CodedRows w, int from, int width, float @Nullable [] out, int stride, double[] squares) {
        int[] numbers = numbers(w, from, width);
        check(squares.length, 0, 1, 1, w.rows());
        if (out != null) {
            check(out.length, from, stride, w.rows(), width);
        }
        MemorySegment written = out == null ? MemorySegment.NULL : MemorySegment.ofArray(out);
        int write = out == null ? 0 : 1;
        try {
            MISSED.invokeExact(
                    instructions,
                    MemorySegment.ofArray(w.table().values()),
                    MemorySegment.ofArray(w.table().middles()),
                    MemorySegment.ofArray(numbers),
                    MemorySegment.ofArray(w.codes()),
                    w.codesAt() + (long) from * w.rows(),
                    MemorySegment.ofArray(w.rowScale()),
                    MemorySegment.ofArray(w.inverseRowScale()),
                    MemorySegment.ofArray(w.columnScale()),
                    (long) from,
                    MemorySegment.ofArray(w.target()),
                    (long) w.targetAt() + from,
                    w.targetStride(),
                    written,
                    (long) from,
                    stride,
                    write,
                    MemorySegment.ofArray(squares));
        } catch (Throwable e) {
            throw NativeCalls.failed(e);
        }
    }
}
