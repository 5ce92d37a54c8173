package io.bitstack.core.codec;

/**
 * What encoding an input asks of the weight matrices that share it.
 *
 * @param rows of all of them together
 * @param columnEnergies Σ W_ij² of each column over these rows, n values; not copied
 */
public record InputWeights(long rows, double[] columnEnergies) {
    /** @throws CodecException if there are no rows */
    public InputWeights {
        if (rows < 1) {
            throw new CodecException("an input needs weights of at least one row");
        }
    }
}
