package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.FileBlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calibration text that several workers send through the layers says the same, bit for bit, as text that one sends. */
class SharedTextTest {
    @TempDir
    Path directory;

    private FileBlobStore store;
    private ModelConfig config;
    private Checkpoint checkpoint;
    private ModelWeights dense;
    private final List<int[]> windows = new ArrayList<>();
    private final LocalTaskBoard board = new LocalTaskBoard();

    @BeforeEach
    void open() throws IOException {
        store = new FileBlobStore(directory.resolve("blobs"));
        Path model = directory.resolve("tiny.gguf");
        try (InputStream content = Objects.requireNonNull(getClass().getResourceAsStream("/gguf/llama.gguf"))) {
            Files.copy(content, model);
        }
        config = ModelConfig.read(model);
        checkpoint = ModelSource.at(model).open();
        dense = ModelWeights.denseDecoded(config, checkpoint);
        Random random = new Random(7);
        for (int w = 0; w < 5; w++) {
            windows.add(random.ints(31, 0, config.vocabularySize()).toArray());
        }
    }

    @AfterEach
    void close() {
        checkpoint.close();
    }

    private Calibration calibration() {
        return new Calibration(
                config,
                Transformer.ofTexts(config, RowPool.SINGLE),
                dense,
                windows,
                RowPool.SINGLE,
                store,
                () -> false);
    }

    private SharedText shared(Calibration calibration) {
        return new SharedText(config, board, store, calibration, windows, "basis");
    }

    private TextTasks worker() {
        return new TextTasks(config, checkpoint, () -> dense, store, new Cores(1), () -> false);
    }

    /** Two workers in turn, so that each has to go on with what the other one has left in the store. */
    private void work(TextTasks first, TextTasks second, boolean swapped) throws IOException {
        for (TextTasks worker : swapped ? List.of(second, first) : List.of(first, second)) {
            TaskBoard.Claim claim = board.claim(List.of(TaskKind.CALIBRATE), Set.of(), Long.MAX_VALUE)
                    .orElseThrow();
            board.finish(claim, worker.run(claim.task()).store());
        }
    }

    private Map<String, InputStatistics> read(Map<String, String> content) throws IOException {
        Map<String, InputStatistics> all = new TreeMap<>();
        for (Map.Entry<String, String> input : content.entrySet()) {
            int columns = config.matrices().stream()
                    .filter(matrix -> matrix.input().equals(input.getKey()))
                    .findFirst()
                    .orElseThrow()
                    .columns();
            all.put(input.getKey(), StatisticsMean.read(columns, input.getValue(), store, RowPool.SINGLE));
        }
        return all;
    }

    private static void assertSame(Map<String, InputStatistics> actual, Map<String, InputStatistics> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((input, statistics) -> {
            InputStatistics found = Objects.requireNonNull(actual.get(input));
            assertThat(found.secondMoment()).as(input).isEqualTo(statistics.secondMoment());
            assertThat(found.scale()).as(input).isEqualTo(statistics.scale());
        });
    }

    @Test
    void theSameStatisticsWhoeverSendsAPart() throws IOException {
        Calibration alone = calibration();
        Calibration led = calibration();
        SharedText text = shared(led);
        text.collectEarlier();
        text.begin();
        TextTasks first = worker();
        TextTasks second = worker();
        for (int layer = 0; layer < config.layers(); layer++) {
            text.post(layer);
            assertThat(text.has(layer)).isFalse();
            work(first, second, layer % 2 == 1);
            text.collect();
            assertThat(text.has(layer)).isTrue();
            assertSame(read(text.take(layer)), alone.layer(dense, layer));
        }
        assertSame(led.head(dense), alone.head(dense));
    }

    @Test
    void oneThatIsLeftAloneGoesOnWithWhatOthersHaveDone() throws IOException {
        Calibration alone = calibration();
        Calibration led = calibration();
        SharedText text = shared(led);
        text.begin();
        text.post(0);
        work(worker(), worker(), false);
        text.collect();
        text.take(0);
        alone.layer(dense, 0);
        assertSame(led.layer(dense, 1), alone.layer(dense, 1));
    }

    @Test
    void aLaterRunGoesOnAfterTheLastLayerWhoseBlobsAreThere() throws IOException {
        Calibration led = calibration();
        SharedText text = shared(led);
        text.begin();
        for (int layer = 0; layer < 2; layer++) {
            text.post(layer);
            work(worker(), worker(), false);
            text.collect();
            text.take(layer);
        }
        SharedText later = shared(calibration());
        later.collectEarlier();
        assertThat(later.has(0)).isTrue();
        assertThat(later.has(1)).isTrue();

        Descriptor streams = Objects.requireNonNull(led.stored(1));
        store.delete(streams.digest());
        SharedText last = shared(calibration());
        last.collectEarlier();
        assertThat(last.has(0)).isTrue();
        assertThat(last.has(1)).isFalse();
    }

    @Test
    void whatIsDividedDependsOnTheTextAndNotOnTheWorkers() {
        assertThat(TextParts.of(config, windows)).extracting(List::size).containsExactly(2, 3);
        assertThat(TextParts.of(config, windows.subList(0, 1))).hasSize(1);
        List<int[]> many = new ArrayList<>();
        int tokens = (64 << 20) / Float.BYTES / config.hiddenSize() / 2;
        many.add(new int[tokens]);
        many.add(new int[tokens]);
        assertThat(TextParts.of(config, many)).as("64 MiB of streams").hasSize(2);
        many.add(new int[tokens]);
        assertThat(TextParts.of(config, many)).as("more").hasSize(1);
    }
}
