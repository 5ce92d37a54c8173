package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.FileBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes through the store to another worker comes back bit for bit. */
class StatisticsBlobsTest {
    @TempDir
    Path directory;

    /** Symmetric moments, which need not be those of any activations. */
    static InputStatistics random(int columns, Random random) {
        float[] moment = new float[columns * columns];
        float[] scale = new float[columns];
        for (int i = 0; i < columns; i++) {
            scale[i] = random.nextFloat() + 0.5f;
            for (int j = 0; j <= i; j++) {
                moment[i * columns + j] = (float) random.nextGaussian();
                moment[j * columns + i] = moment[i * columns + j];
            }
        }
        return new InputStatistics(columns, moment, scale);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 64, 207, 3500})
    void statisticsComeBackBitForBit(int columns) throws IOException {
        FileBlobStore store = new FileBlobStore(directory);
        InputStatistics statistics = random(columns, new Random(columns));
        String written = StatisticsBlobs.put(statistics, store);
        InputStatistics read = StatisticsBlobs.read(columns, written, store, RowPool.SINGLE);
        assertThat(read.secondMoment()).isEqualTo(statistics.secondMoment());
        assertThat(read.scale()).isEqualTo(statistics.scale());
        assertThat(written.split(" ")).hasSize(columns == 3500 ? 2 : 1);
    }

    @Test
    void windowsComeBack() throws IOException {
        FileBlobStore store = new FileBlobStore(directory);
        List<int[]> windows = List.of(new int[] {1, 2, 3}, new int[] {}, new int[] {49151});
        assertThat(WindowBlobs.read(WindowBlobs.put(windows, store), store))
                .usingRecursiveComparison()
                .isEqualTo(windows);
    }
}
