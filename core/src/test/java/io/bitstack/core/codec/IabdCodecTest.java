package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IabdCodecTest extends CodecContract {
    @Override
    MatrixEncoder encoder() {
        return new IabdEncoder(4, 8, new PlainLinearAlgebra());
    }

    @Override
    int levels() {
        return 8;
    }

    @Test
    void atFullRankTheFirstLevelIsExact() {
        FloatMatrix w = Matrices.gaussian(new Random(4), 24, 64);
        IabdEncoder encoder = new IabdEncoder(24, 1, new PlainLinearAlgebra());
        EncodedInput input = encoder.input(Matrices.statistics(new Random(64), 64, 100));
        EncodedMatrix encoded = encoder.encode(w, input, 0);
        assertThat(encoded.blocks().getFirst()).hasSize(24 * 64 / 8 + 2 * 24 * (24 + 64));
        FloatMatrix decoded = new IabdCodec()
                .readMatrix(
                        24,
                        64,
                        1,
                        new IabdCodec().readInput(64, MemorySegment.ofArray(input.blob())),
                        MemorySegment.ofArray(encoded.header()),
                        List.of(MemorySegment.ofArray(encoded.blocks().getFirst())))
                .decode();
        // Exact but for the factors' half precision.
        assertThat(Matrices.relativeError(w, decoded)).isLessThan(1e-5);
    }
}
