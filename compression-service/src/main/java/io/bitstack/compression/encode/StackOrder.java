package io.bitstack.compression.encode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The universal order of all residual blocks: the first block of every matrix, then the others by the slope of their gain per
 * byte on each matrix's lower convex hull, levels in order.
 */
final class StackOrder {
    /**
     * @param matrix index of the matrix
     * @param block index of the block within the matrix
     * @param gain expected fall of the KL divergence (or of the weighted error, uncalibrated)
     */
    record Entry(int matrix, int block, double gain, double slope) {}

    private StackOrder() {}

    /** @param sensitivity for each matrix, what one unit of its weighted error costs */
    static List<Entry> of(List<BlockLadder> matrices, double[] sensitivity) {
        List<Entry> order = new ArrayList<>();
        List<Entry> rest = new ArrayList<>();
        for (int m = 0; m < matrices.size(); m++) {
            order.add(new Entry(m, 0, 0, Double.POSITIVE_INFINITY));
            rest.addAll(later(m, matrices.get(m), sensitivity[m]));
        }
        rest.sort(Comparator.comparingDouble(Entry::slope)
                .reversed()
                .thenComparingInt(Entry::matrix)
                .thenComparingInt(Entry::block));
        order.addAll(rest);
        return order;
    }

    private static List<Entry> later(int index, BlockLadder matrix, double sensitivity) {
        double[] errors = matrix.weightedErrors();
        List<Entry> entries = new ArrayList<>();
        int from = 0;
        double ceiling = Double.POSITIVE_INFINITY;
        while (from + 1 < errors.length) {
            int to = steepest(matrix, from);
            // The hull is convex, so slopes only fall; rounding must not make a level overtake its predecessor.
            ceiling = Math.min(ceiling, sensitivity * slope(matrix, from, to));
            for (int block = from + 1; block <= to; block++) {
                entries.add(new Entry(index, block, sensitivity * (errors[block - 1] - errors[block]), ceiling));
            }
            from = to;
        }
        return entries;
    }

    /** The end of the hull's segment that starts at a block. */
    private static int steepest(BlockLadder matrix, int from) {
        int best = from + 1;
        for (int to = from + 2; to < matrix.weightedErrors().length; to++) {
            if (slope(matrix, from, to) > slope(matrix, from, best)) {
                best = to;
            }
        }
        return best;
    }

    /** Fall of the error per byte between two blocks. */
    private static double slope(BlockLadder matrix, int from, int to) {
        double bytes = 0;
        for (int block = from + 1; block <= to; block++) {
            bytes += matrix.blockBytes()[block];
        }
        return (matrix.weightedErrors()[from] - matrix.weightedErrors()[to]) / bytes;
    }
}
