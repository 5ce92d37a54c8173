package io.bitstack.compression.encode;

/** Told how far a compression is. Called often and from several threads; implementations return at once. */
public interface Progress {
    void step(Step step);

    /**
     * Counts units of work of the current step: weight matrices while encoding, evaluations while ordering and evaluating.
     *
     * @param current the matrix (or prefix) being worked on
     * @param error its weighted error after the last level, relative to the matrix; NaN where that means nothing
     */
    void matrices(int done, int total, String current, double error);

    /** Told, before it is counted, of a matrix that is not encoded anew, since what it is made from and how are what they were before. */
    default void reused(String matrix) {}

    /** @param written bytes of blobs stored so far, by the whole compression */
    void bytes(long written);

    /** Listens to nothing. */
    static Progress none() {
        return new Progress() {
            @Override
            public void step(Step step) {}

            @Override
            public void matrices(int done, int total, String current, double error) {}

            @Override
            public void bytes(long written) {}
        };
    }
}
