package io.bitstack.core.safetensors;

import io.bitstack.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** One tensor of a checkpoint, wherever and however its numbers are kept. Safe for many threads. */
public interface StoredTensor {
    /** A tensor's elements as they lie in memory, row-major, one after the other. */
    record Plain(DType dtype, MemorySegment data) {}

    String name();

    /** Its dimensions, outermost first; empty for a scalar. */
    List<Integer> shape();

    /** The file that holds it, for messages. */
    String source();

    /** Converts elements {@code first … first + count}, row-major, to {@code out[offset … offset + count)}. */
    void read(long first, float[] out, int offset, int count);

    /** The elements in place, if they are kept plainly. */
    default Optional<Plain> plain() {
        return Optional.empty();
    }

    /** Number of elements. */
    default long elements() {
        return shape().stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
}
