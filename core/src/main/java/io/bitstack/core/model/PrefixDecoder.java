package io.bitstack.core.model;

import io.bitstack.core.tensor.FloatMatrix;
import java.util.HashMap;
import java.util.Map;

/**
 * Decodes one prefix of a stack after the other into the same memory, for passes over many tokens: a matrix that is at the level it was at is not
 * decoded again. One thread at a time.
 */
public final class PrefixDecoder {
    /** Decodes a matrix of the stack, by its index in the manifest, at a level. */
    interface MatrixDecoder {
        void decode(int matrix, int level, float[] out, int offset);
    }

    private final StackBase stack;
    private final MatrixDecoder matrices;
    private final Map<String, FloatMatrix> decoded = new HashMap<>();
    /** 0: not decoded yet. */
    private final int[] levels;

    PrefixDecoder(StackBase stack, MatrixDecoder matrices) {
        this.stack = stack;
        this.matrices = matrices;
        this.levels = new int[stack.manifest().matrices().size()];
    }

    /** The first {@code blocks} blocks of the stack order; what was asked for before must not be used any more. */
    public ModelWeights at(int blocks) {
        return at(stack.levelsOfPrefix(blocks));
    }

    /** The same with each matrix at a level of its own, in the manifest's order. */
    public ModelWeights at(int[] wanted) {
        stack.requireLevels(wanted);
        Map<String, WeightMatrix> weights = new HashMap<>();
        for (MatrixSpec tensor : stack.config().matrices()) {
            FloatMatrix held =
                    decoded.computeIfAbsent(tensor.name(), name -> FloatMatrix.zeros(tensor.rows(), tensor.columns()));
            for (int m : stack.matricesOf(tensor.name())) {
                if (levels[m] != wanted[m]) {
                    matrices.decode(m, wanted[m], held.data(), stack.part(m).firstRow() * tensor.columns());
                    levels[m] = wanted[m];
                }
            }
            weights.put(tensor.name(), new FloatWeight(held));
        }
        return ModelWeights.of(stack.config(), weights, stack.vectors());
    }
}
