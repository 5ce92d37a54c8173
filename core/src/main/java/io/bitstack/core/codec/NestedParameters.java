package io.bitstack.core.codec;

import io.bitstack.core.kernel.SignPlanes;

/**
 * Parameters of the nested codec.
 *
 * @param start planes coded together in the first block, 1 to 4
 * @param levels the highest level, start to 8
 * @param damping λ: feedback uses H' + λ · mean(diag H') · I
 * @param sideRank r, or −1 for n / 256 between 2 and 16
 * @param rotation whether to rotate
 */
public record NestedParameters(int start, int levels, double damping, int sideRank, boolean rotation) {
    public static final NestedParameters DEFAULTS = new NestedParameters(3, SignPlanes.MAX_LEVEL, 1, -1, true);

    public NestedParameters {
        if (start < 1 || start > 4 || levels < start || levels > SignPlanes.MAX_LEVEL) {
            throw new CodecException("start must be 1 to 4 and levels from start to %d, not %d and %d"
                    .formatted(SignPlanes.MAX_LEVEL, start, levels));
        }
        if (!(damping > 0) || damping > 1e6) {
            throw new CodecException("damping must be above 0 and at most 1e6, not " + damping);
        }
        if (sideRank < -1 || sideRank > 64) {
            throw new CodecException("sideRank must be 0 to 64, or -1 to choose it, not " + sideRank);
        }
    }

    int rankFor(int columns) {
        int rank = sideRank >= 0 ? sideRank : Math.clamp(columns / 256, 2, 16);
        return Math.min(rank, columns / 2);
    }
}
