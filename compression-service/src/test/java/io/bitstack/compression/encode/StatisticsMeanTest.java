package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.FileBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A part of more windows weighs more, here and from the store, and one part alone is not touched. */
class StatisticsMeanTest {
    private static final int COLUMNS = 13;
    private static final int[] WINDOWS = {5, 1, 3};

    private final Random random = new Random(5);
    private final List<InputStatistics> parts = new ArrayList<>();

    @TempDir
    Path directory;

    @BeforeEach
    void makeParts() {
        for (int i = 0; i < WINDOWS.length; i++) {
            parts.add(StatisticsBlobsTest.random(COLUMNS, random));
        }
    }

    /** In double precision, value by value. */
    private static float[] weighted(List<float[]> values) {
        float[] means = new float[values.getFirst().length];
        for (int i = 0; i < means.length; i++) {
            double sum = 0;
            double windows = 0;
            for (int part = 0; part < WINDOWS.length; part++) {
                sum += WINDOWS[part] * (double) values.get(part)[i];
                windows += WINDOWS[part];
            }
            means[i] = (float) (sum / windows);
        }
        return means;
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i])).as("value %d", i).isLessThan(1e-6f);
        }
    }

    @Test
    void partsWeighWhatTheirWindowsAre() throws IOException {
        FileBlobStore store = new FileBlobStore(directory);
        float[] moment =
                weighted(parts.stream().map(InputStatistics::secondMoment).toList());
        float[] scale = weighted(parts.stream().map(InputStatistics::scale).toList());
        List<StatisticsMean.Stored> stored = new ArrayList<>();
        StatisticsMean mean = new StatisticsMean(9);
        for (int i = 0; i < WINDOWS.length; i++) {
            stored.add(new StatisticsMean.Stored(WINDOWS[i], StatisticsBlobs.put(parts.get(i), store)));
        }
        for (int i = 0; i < WINDOWS.length; i++) {
            mean.add(WINDOWS[i], parts.get(i));
        }
        assertClose(mean.mean().secondMoment(), moment);
        assertClose(mean.mean().scale(), scale);
        InputStatistics read = StatisticsMean.read(COLUMNS, StatisticsMean.content(stored), store, RowPool.SINGLE);
        assertThat(read.secondMoment()).isEqualTo(mean.mean().secondMoment());
        assertThat(read.scale()).isEqualTo(mean.mean().scale());
    }

    @Test
    void onePartIsWhatItIs() {
        InputStatistics only = parts.getFirst();
        float[] before = only.secondMoment().clone();
        StatisticsMean mean = new StatisticsMean(4);
        mean.add(4, only);
        assertThat(mean.mean().secondMoment()).isEqualTo(before);
    }
}
