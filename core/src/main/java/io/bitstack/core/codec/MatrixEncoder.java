package io.bitstack.core.codec;

import io.bitstack.core.tensor.FloatMatrix;

/** Encodes weight matrices with one codec and one set of parameters. Deterministic; safe for several threads. */
public interface MatrixEncoder {
    /** The codec's name in the manifest. */
    String codec();

    /** @throws CodecException if the statistics cannot be used */
    EncodedInput input(InputStatistics statistics);

    /**
     * Encodes W (m × n), which is not changed.
     *
     * @param feedbackLevels feed errors back at levels up to this one only (codecs without feedback ignore it)
     * @throws CodecException if W holds a value that is not finite or too large to encode
     */
    EncodedMatrix encode(FloatMatrix weights, EncodedInput input, int feedbackLevels);
}
