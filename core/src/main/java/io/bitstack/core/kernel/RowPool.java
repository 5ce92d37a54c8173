package io.bitstack.core.kernel;

/** Runs a loop over rows on a fixed set of threads, the caller's included. */
public interface RowPool {
    /** Runs everything on the caller's thread. */
    RowPool SINGLE = (rows, grain, body) -> body.run(0, rows);

    /** Calls {@code body} with disjoint ranges that cover [0, rows), each a multiple of {@code grain} rows but the last. */
    void forRows(int rows, int grain, Body body);

    /** A part of the loop: rows [from, to). */
    interface Body {
        void run(int from, int to);
    }
}
