package io.bitstack.core.codec;

import io.bitstack.core.kernel.SignPlanes;

/**
 * Parameters of the nested codec. Each part of it can be switched off.
 *
 * @param start planes coded together in the first block, 1 to 4
 * @param levels the highest level, start to 8
 * @param damping λ: feedback uses H' + λ · mean(diag H') · I
 * @param feedbackLevels errors are fed back at levels up to this one; 0 switches feedback off
 * @param descentPasses how often the codes of a level with feedback are chosen anew by coordinate descent, 0 to 16
 * @param sideRank r, or −1 for as many directions as are worth their bytes, at most 16; 0 switches the side branch off
 * @param rotation whether to rotate
 * @param balance whether to scale columns by the energies of activations and weights
 * @param magnitudes whether each row and column has a magnitude of its own; otherwise the matrix has one
 * @param history whether the magnitude of a plane depends on the signs already taken; otherwise it has one
 * @param embeddingStart as {@code start}, for embeddings and heads
 * @param embeddingFeedbackLevels as {@code feedbackLevels}, for embeddings and heads, where late levels are better off without
 */
public record NestedParameters(
        int start,
        int levels,
        double damping,
        int feedbackLevels,
        int descentPasses,
        int sideRank,
        boolean rotation,
        boolean balance,
        boolean magnitudes,
        boolean history,
        int embeddingStart,
        int embeddingFeedbackLevels) {
    public static final NestedParameters DEFAULTS =
            new NestedParameters(3, SignPlanes.MAX_LEVEL, 4, SignPlanes.MAX_LEVEL, 2, -1, true, true, true, true, 2, 3);

    public NestedParameters {
        checkStart(start, levels);
        checkStart(embeddingStart, levels);
        if (!(damping > 0) || damping > 1e6) {
            throw new CodecException("damping must be above 0 and at most 1e6, not " + damping);
        }
        if (descentPasses < 0 || descentPasses > 16) {
            throw new CodecException("descentPasses must be 0 to 16, not " + descentPasses);
        }
        if (sideRank < -1 || sideRank > 64) {
            throw new CodecException("sideRank must be 0 to 64, or -1 to choose it, not " + sideRank);
        }
    }

    private static void checkStart(int start, int levels) {
        if (start < 1 || start > 4 || levels < start || levels > SignPlanes.MAX_LEVEL) {
            throw new CodecException("start must be 1 to 4 and levels from start to %d, not %d and %d"
                    .formatted(SignPlanes.MAX_LEVEL, start, levels));
        }
    }

    int startOf(MatrixRole role) {
        return role == MatrixRole.EMBEDDING ? embeddingStart : start;
    }

    int feedbackLevelsOf(MatrixRole role) {
        return role == MatrixRole.EMBEDDING ? embeddingFeedbackLevels : feedbackLevels;
    }
}
