package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.BlobStore;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statistics of an input over the whole calibration text, from those of its parts, added in their order: the same bits whoever has made
 * them, and wherever they were meanwhile.
 */
final class StatisticsMean {
    private static final String BETWEEN_PARTS = ";";
    private static final char AFTER_WINDOWS = '*';

    /**
     * Statistics of one part in a store.
     *
     * @param windows of the part
     * @param written by {@link StatisticsBlobs}
     */
    record Stored(int windows, String written) {}

    private final int windows;
    private @Nullable InputStatistics sum;

    /** @param windows of all parts */
    StatisticsMean(int windows) {
        this.windows = windows;
    }

    /**
     * Adds a part.
     *
     * @param part of so many windows; of no use any more, since the memory of the first part becomes that of the sum
     */
    void add(int partWindows, InputStatistics part) {
        InputStatistics before = sum;
        if (before == null) {
            sum = part;
        }
        if (partWindows < windows) {
            add((float) partWindows / windows, part.secondMoment(), before == null ? null : before.secondMoment());
            add((float) partWindows / windows, part.scale(), before == null ? null : before.scale());
        }
    }

    private static void add(float share, float[] values, float @Nullable [] sums) {
        if (sums == null) {
            for (int i = 0; i < values.length; i++) {
                values[i] *= share;
            }
        } else {
            for (int i = 0; i < values.length; i++) {
                sums[i] += share * values[i];
            }
        }
    }

    InputStatistics mean() {
        InputStatistics all = sum;
        if (all == null) {
            throw new IllegalStateException("there are no parts");
        }
        return all;
    }

    /** Puts statistics of the whole text into a store, and says what {@link #read} needs to know. */
    static String put(InputStatistics whole, BlobStore store) throws IOException {
        return content(List.of(new Stored(1, StatisticsBlobs.put(whole, store))));
    }

    /**
     * What {@link #read} needs to know.
     *
     * @param parts all, in their order
     */
    static String content(List<Stored> parts) {
        return parts.stream()
                .map(part -> String.valueOf(part.windows()) + AFTER_WINDOWS + part.written())
                .collect(Collectors.joining(BETWEEN_PARTS));
    }

    /** The mean of parts that are in a store. */
    static InputStatistics read(int columns, String content, BlobStore store, RowPool pool) throws IOException {
        List<Stored> parts = List.of(content.split(BETWEEN_PARTS)).stream()
                .map(part -> new Stored(
                        Integer.parseInt(part.substring(0, part.indexOf(AFTER_WINDOWS))),
                        part.substring(part.indexOf(AFTER_WINDOWS) + 1)))
                .toList();
        StatisticsMean mean =
                new StatisticsMean(parts.stream().mapToInt(Stored::windows).sum());
        for (Stored part : parts) {
            mean.add(part.windows(), StatisticsBlobs.read(columns, part.written(), store, pool));
        }
        return mean.mean();
    }
}
