package io.bitstack.compression.encode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * The sorts of arXiv 2410.23918, section 3.3, for any codec. All of them go level by level, so that no matrix is more than a level
 * ahead of another, and differ in the order within a level: by matrix index, by perplexity, or at random. The first level is the
 * minimal prefix, where the order buys nothing; it is by index but in the random sort.
 */
final class PublishedSorts {
    private PublishedSorts() {}

    /** Level by level, within a level by the index of the matrix. Gains are unknown: 0. */
    static List<StackOrder.Entry> byIndex(List<BlockLadder> matrices) {
        return byGain(matrices, new double[mostBlocks(matrices)][matrices.size()]);
    }

    /** Level by level, within a level shuffled. Gains are unknown: 0. */
    static List<StackOrder.Entry> random(List<BlockLadder> matrices, long seed) {
        Random random = new Random(seed);
        List<StackOrder.Entry> order = new ArrayList<>();
        for (int block = 0; block < mostBlocks(matrices); block++) {
            List<StackOrder.Entry> level = level(matrices, block, new double[matrices.size()]);
            // Shuffled here rather than by the library, whose way is not promised to stay.
            for (int i = level.size() - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                StackOrder.Entry swapped = level.set(i, level.get(other));
                level.set(other, swapped);
            }
            order.addAll(level);
        }
        return order;
    }

    /**
     * Level by level, within a level by falling gain, equal ones by index.
     *
     * @param gains for each block index from 0 and each matrix, what the block gains when the others are a level lower
     */
    static List<StackOrder.Entry> byGain(List<BlockLadder> matrices, double[][] gains) {
        List<StackOrder.Entry> order = new ArrayList<>();
        for (int block = 0; block < gains.length; block++) {
            List<StackOrder.Entry> level = level(matrices, block, gains[block]);
            if (block > 0) {
                level.sort(Comparator.comparingDouble(StackOrder.Entry::gain)
                        .reversed()
                        .thenComparingInt(StackOrder.Entry::matrix));
            }
            order.addAll(level);
        }
        return order;
    }

    /**
     * Measures what {@link #byGain} sorts by: for each level but the first, one matrix at a time is raised to it while all others
     * are a level lower. A gain is the fall of the mean of −log p(token), the logarithm of the perplexity: the order is that of the
     * perplexity, and the unit that of a KL divergence, as the manifest says it.
     *
     * @param stack the stack, in any order of blocks
     */
    static double[][] perplexityGains(
            List<BlockLadder> matrices, MeasuredStack stack, ParallelEvaluations evaluations, Progress progress)
            throws IOException {
        double[][] gains = new double[mostBlocks(matrices)][matrices.size()];
        for (int block = 1; block < gains.length; block++) {
            int[] levels = new int[matrices.size()];
            for (int m = 0; m < matrices.size(); m++) {
                int last = matrices.get(m).blocks() - 1;
                levels[m] = matrices.get(m).startLevel() + Math.min(block - 1, last);
            }
            MeasuredStack.Raising raising = stack.raising(levels, evaluations);
            int raised = block;
            List<Integer> candidates = new ArrayList<>();
            for (int m = 0; m < matrices.size(); m++) {
                if (block < matrices.get(m).blocks()) {
                    candidates.add(m);
                }
            }
            // The first score is of the level below, the others of one raised matrix each.
            double[] before = new double[1];
            evaluations.score(
                    candidates.size() + 1,
                    index -> index == 0 ? raising.unchanged() : raising.raised(candidates.get(index - 1)),
                    (index, score) -> {
                        double logarithm = Math.log(score.perplexity());
                        if (index == 0) {
                            before[0] = logarithm;
                            return;
                        }
                        int m = candidates.get(index - 1);
                        gains[raised][m] = before[0] - logarithm;
                        progress.matrices(
                                (raised - 1) * matrices.size() + index,
                                (gains.length - 1) * matrices.size(),
                                name(stack, m),
                                gains[raised][m]);
                    });
        }
        return gains;
    }

    private static String name(MeasuredStack stack, int matrix) {
        return stack.manifest().matrices().get(matrix).name();
    }

    private static List<StackOrder.Entry> level(List<BlockLadder> matrices, int block, double[] gains) {
        List<StackOrder.Entry> level = new ArrayList<>();
        for (int m = 0; m < matrices.size(); m++) {
            if (block < matrices.get(m).blocks()) {
                double bytes = matrices.get(m).blockBytes()[block];
                double gain = block == 0 ? 0 : gains[m];
                level.add(new StackOrder.Entry(m, block, gain, block == 0 ? Double.POSITIVE_INFINITY : gain / bytes));
            }
        }
        return level;
    }

    private static int mostBlocks(List<BlockLadder> matrices) {
        return matrices.stream().mapToInt(matrix -> matrix.blocks()).max().orElse(0);
    }
}
