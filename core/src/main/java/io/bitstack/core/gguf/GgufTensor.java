package io.bitstack.core.gguf;

import java.util.List;

/**
 * A tensor as the file describes it.
 *
 * @param shape its dimensions, outermost first (the file lists them the other way round)
 * @param offsetBytes where its data starts, counted from the file's first byte
 * @param source the file, for messages
 */
public record GgufTensor(
        String name, GgufType type, List<Integer> shape, long offsetBytes, long sizeBytes, String source) {
    public GgufTensor {
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long elements() {
        return sizeBytes / type.blockBytes() * type.blockWeights();
    }
}
