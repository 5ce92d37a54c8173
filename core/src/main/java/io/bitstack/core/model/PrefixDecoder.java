package io.bitstack.core.model;

import io.bitstack.core.tensor.FloatMatrix;
import java.util.HashMap;
import java.util.Map;

/**
 * Opens one prefix of a stack after the other for passes over many tokens, decoded into the same memory: a matrix that is at the level it was
 * at is not decoded again. One thread at a time.
 */
public final class PrefixDecoder {
    private final StackWeights stack;
    private final Map<String, FloatMatrix> decoded = new HashMap<>();
    private int[] levels = new int[0];

    public PrefixDecoder(StackWeights stack) {
        this.stack = stack;
    }

    /** As {@link StackWeights#forManyTokens}; what was asked for before must not be used any more. */
    public ModelWeights forManyTokens(int blocks) {
        int[] wanted = stack.levelsOfPrefix(blocks);
        ModelWeights weights = stack.atLevels(wanted);
        if (!stack.isWorthDecoding()) {
            return weights;
        }
        stack.decodeChanges(levels, wanted, decoded);
        levels = wanted;
        return weights.withDecoded(decoded);
    }
}
