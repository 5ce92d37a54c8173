package io.bitstack.core.safetensors;

import io.bitstack.core.tensor.DType;
import java.util.List;

/**
 * A tensor as its file's header describes it.
 *
 * @param shape its dimensions, outermost first; empty for a scalar
 * @param offsetBytes where its data starts, counted from the file's first byte
 * @param sizeBytes elements × bytes of one element
 * @param source the file (or what else held it), for messages
 */
public record TensorInfo(
        String name, DType dtype, List<Integer> shape, long offsetBytes, long sizeBytes, String source) {
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long elements() {
        return sizeBytes / dtype.sizeBytes();
    }
}
