package io.bitstack.core.codec;

import io.bitstack.core.tensor.FloatMatrix;

/** Encodes weight matrices with one codec and one set of parameters. Deterministic; safe for several threads. */
public interface MatrixEncoder {
    /** The codec's name in the manifest. */
    String codec();

    /**
     * Makes what the matrices of an input share.
     *
     * @throws CodecException if the statistics cannot be used
     */
    EncodedInput input(InputStatistics statistics, InputWeights weights);

    /**
     * Encodes W (m × n), which is not changed.
     *
     * @throws CodecException if W holds a value that is not finite or too large to encode
     * @throws java.util.concurrent.CancellationException if the thread is interrupted, within a block of columns
     */
    EncodedMatrix encode(FloatMatrix weights, EncodedInput input, MatrixRole role);
}
