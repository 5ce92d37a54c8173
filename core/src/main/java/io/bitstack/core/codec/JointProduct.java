package io.bitstack.core.codec;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.PlaneInput;
import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Products of one prepared input with several matrices, as one loop over the rows of all: for a token or two, starting a loop on all
 * threads and waiting for its end takes as long as a small matrix. Used again and again, so that no product allocates anything. One thread
 * at a time.
 */
public final class JointProduct implements RowPool.Body {
    private static final KernelProvider KERNELS = Kernels.active();

    /** Of the rows that one thread takes at a time. */
    private static final int ROW_GRAIN = 16;

    /** One matrix, and where its product goes. */
    private static final class Term {
        private final PlaneInput scaled = new PlaneInput();
        private @Nullable NestedMatrix matrix;
        private float[] y = new float[0];
        private int yOffset;
        private int yStride;
        /** Rows of this and all earlier terms. */
        private int endRow;
    }

    private Term[] terms = new Term[0];
    private int count;
    private @Nullable PreparedInput x;
    private int tokens;

    JointProduct() {}

    /** Whether a product with so many tokens can be a part of such a loop. */
    public static boolean takes(CompressedMatrix matrix, int tokens) {
        return matrix instanceof NestedMatrix && tokens < RowDecoder.TILED_FROM_TOKENS;
    }

    /** Starts over with {@code tokens} tokens that were prepared by the input of all matrices to come. */
    JointProduct begin(PreparedInput x, int tokens) {
        this.x = x;
        this.tokens = tokens;
        this.count = 0;
        return this;
    }

    /**
     * Adds a matrix that {@link #takes} is true for. Its product is written to {@code y}: token t's at {@code yOffset + t · yStride}.
     *
     * @return this
     */
    public JointProduct add(CompressedMatrix matrix, float[] y, int yOffset, int yStride) {
        if (!(matrix instanceof NestedMatrix nested)) {
            throw new IllegalArgumentException("not a matrix of sign planes: " + matrix.getClass());
        }
        if (count == terms.length) {
            terms = Arrays.copyOf(terms, count + 1);
            terms[count] = new Term();
        }
        Term term = terms[count];
        term.matrix = nested;
        term.y = y;
        term.yOffset = yOffset;
        term.yStride = yStride;
        term.endRow = (count == 0 ? 0 : terms[count - 1].endRow) + nested.rows();
        count++;
        float[] values = Objects.requireNonNull(x).values(tokens * nested.columns());
        KERNELS.prepare(values, tokens, nested.columnScale(), term.scaled);
        return this;
    }

    /** Multiplies, then lets go of the matrices: planes that are no longer held must not be kept in memory by the last product with them. */
    public void run(RowPool pool) {
        try {
            pool.forRows(terms[count - 1].endRow, ROW_GRAIN, this);
        } finally {
            for (int i = 0; i < count; i++) {
                terms[i].matrix = null;
            }
            x = null;
        }
    }

    @Override
    public void run(int from, int to) {
        PreparedInput input = Objects.requireNonNull(x);
        int first = 0;
        for (int i = 0; i < count && first < to; i++) {
            Term term = terms[i];
            if (from < term.endRow) {
                Objects.requireNonNull(term.matrix)
                        .multiplyRows(
                                input,
                                term.scaled,
                                tokens,
                                term.y,
                                term.yOffset,
                                term.yStride,
                                Math.max(from, first) - first,
                                Math.min(to, term.endRow) - first);
            }
            first = term.endRow;
        }
    }
}
