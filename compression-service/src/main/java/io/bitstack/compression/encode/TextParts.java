package io.bitstack.compression.encode;

import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * How the windows of calibration tokens are divided into parts, each of which a worker can send through a layer and sum for itself. It depends on
 * model and windows alone, never on who works: the mean of two sums is rounded otherwise than one sum.
 */
final class TextParts {
    private static final int PARTS = 2;
    /** The moments of two parts are held beside each other: those of an input of at most 8192 columns. */
    private static final long MOST_MOMENTS = 1L << 26;
    /** Of the residual streams of all windows, which go from worker to worker with each layer. */
    private static final long MOST_STREAM_BYTES = 64L << 20;

    private TextParts() {}

    /** @param windows all of the same length */
    static List<List<int[]>> of(ModelConfig config, List<int[]> windows) {
        long columns =
                config.matrices().stream().mapToLong(MatrixSpec::columns).max().orElse(0);
        long streamBytes = (long) windows.size() * windows.getFirst().length * config.hiddenSize() * Float.BYTES;
        boolean divided = columns * columns <= MOST_MOMENTS && streamBytes <= MOST_STREAM_BYTES;
        int count = divided ? Math.min(PARTS, windows.size()) : 1;
        List<List<int[]>> parts = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            parts.add(List.copyOf(windows.subList(windows.size() * p / count, windows.size() * (p + 1) / count)));
        }
        return parts;
    }
}
