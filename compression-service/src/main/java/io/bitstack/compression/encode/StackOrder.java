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

    /**
     * @param costs for each matrix and block, what its error costs once the block is held: an estimate of the KL divergence, or the weighted
     *     error alone
     */
    static List<Entry> of(List<BlockLadder> matrices, double[][] costs) {
        List<Entry> order = new ArrayList<>();
        List<Entry> rest = new ArrayList<>();
        for (int m = 0; m < matrices.size(); m++) {
            order.add(new Entry(m, 0, 0, Double.POSITIVE_INFINITY));
            rest.addAll(later(m, matrices.get(m).blockBytes(), costs[m]));
        }
        rest.sort(Comparator.comparingDouble(Entry::slope)
                .reversed()
                .thenComparingInt(Entry::matrix)
                .thenComparingInt(Entry::block));
        order.addAll(rest);
        return order;
    }

    private static List<Entry> later(int index, int[] blockBytes, double[] costs) {
        List<Entry> entries = new ArrayList<>();
        int from = 0;
        double ceiling = Double.POSITIVE_INFINITY;
        while (from + 1 < costs.length) {
            int to = steepest(blockBytes, costs, from);
            // The hull is convex, so slopes only fall; rounding must not make a level overtake its predecessor.
            ceiling = Math.min(ceiling, slope(blockBytes, costs, from, to));
            for (int block = from + 1; block <= to; block++) {
                entries.add(new Entry(index, block, costs[block - 1] - costs[block], ceiling));
            }
            from = to;
        }
        return entries;
    }

    /** The end of the hull's segment that starts at a block. */
    private static int steepest(int[] blockBytes, double[] costs, int from) {
        int best = from + 1;
        for (int to = from + 2; to < costs.length; to++) {
            if (slope(blockBytes, costs, from, to) > slope(blockBytes, costs, from, best)) {
                best = to;
            }
        }
        return best;
    }

    /** Fall of the cost per byte between two blocks. */
    private static double slope(int[] blockBytes, double[] costs, int from, int to) {
        double bytes = 0;
        for (int block = from + 1; block <= to; block++) {
            bytes += blockBytes[block];
        }
        return (costs[from] - costs[to]) / bytes;
    }
}
