package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedSortsTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("bitstack.repository", ".."));

    /** Three matrices, the second with a block less. */
    private static final List<BlockLadder> MATRICES = List.of(matrix(3), matrix(2), matrix(3));

    @TempDir
    Path directory;

    private static BlockLadder matrix(int blocks) {
        int[] blockBytes = new int[blocks];
        Arrays.fill(blockBytes, 8);
        return new BlockLadder(1, blockBytes, new double[blocks]);
    }

    private static List<String> names(List<StackOrder.Entry> order) {
        return order.stream().map(entry -> entry.matrix() + "." + entry.block()).toList();
    }

    @Test
    void byIndexGoesLevelByLevel() {
        assertThat(names(PublishedSorts.byIndex(MATRICES)))
                .containsExactly("0.0", "1.0", "2.0", "0.1", "1.1", "2.1", "0.2", "2.2");
    }

    @Test
    void theBestOfALevelComesFirstAndLevelsStayTogether() {
        double[][] gains = {{9, 9, 9}, {-1, 2, 3}, {1, 100, 1}};
        List<StackOrder.Entry> order = PublishedSorts.byGain(MATRICES, gains);
        assertThat(names(order)).containsExactly("0.0", "1.0", "2.0", "2.1", "1.1", "0.1", "0.2", "2.2");
        assertThat(order.getFirst().gain()).isZero();
        assertThat(order.get(3).gain()).isEqualTo(3);
    }

    @Test
    void aSeedFixesTheRandomSortWhichKeepsLevelsTogether() {
        List<BlockLadder> many = Collections.nCopies(20, matrix(3));
        List<String> first = names(PublishedSorts.random(many, 5));
        assertThat(first)
                .isEqualTo(names(PublishedSorts.random(many, 5)))
                .isNotEqualTo(names(PublishedSorts.random(many, 6)))
                .doesNotHaveDuplicates()
                .hasSize(60);
        for (int block = 0; block < 3; block++) {
            String ending = "." + block;
            assertThat(first.subList(20 * block, 20 * (block + 1)))
                    .allSatisfy(name -> assertThat(name).endsWith(ending));
        }
    }

    @Test
    void iabdIsOrderedByPerplexityUnlessAskedOtherwise() {
        assertThat(OrderMode.defaultFor("iabd")).isEqualTo(OrderMode.PERPLEXITY);
        assertThat(OrderMode.defaultFor("nested")).isEqualTo(OrderMode.KL);
        for (OrderMode mode : OrderMode.values()) {
            assertThat(OrderMode.named(mode.lowerCaseName())).isEqualTo(mode);
            assertThat(OrderMode.NAMES).contains(mode.lowerCaseName());
        }
        assertThatThrownBy(() -> OrderMode.named("best")).hasMessageContaining(OrderMode.NAMES);
    }

    /** On the demo model, with two levels, so that there are as many evaluations as matrices. */
    @Test
    void theSortByPerplexityMeasuresEveryMatrix() throws IOException {
        StackManifest manifest = compress();
        int minimal = manifest.minimalBlocks();
        List<StackManifest.Block> second =
                manifest.blocks().subList(minimal, manifest.blocks().size());
        assertThat(second).hasSize(minimal).isSortedAccordingTo((a, b) -> Double.compare(b.gain(), a.gain()));
        assertThat(second.getFirst().gain()).isPositive();
        assertThat(second).extracting(StackManifest.Block::matrix).doesNotHaveDuplicates();
        assertThat(manifest.lineage().parameters()).containsEntry("order", "perplexity");
    }

    private StackManifest compress() throws IOException {
        return new StackCompressor(new PlainLinearAlgebra(), 2)
                .compress(
                        new CompressionRequest(
                                REPOSITORY.resolve("demo/model"),
                                "nested",
                                Map.of(
                                        "start",
                                        "3",
                                        "embeddingStart",
                                        "3",
                                        "levels",
                                        "4",
                                        "calibrationWindows",
                                        "1",
                                        "orderWindows",
                                        "1",
                                        "evaluationWindows",
                                        "1"),
                                Files.readString(REPOSITORY.resolve("demo/text/calibration.txt")),
                                Files.readString(REPOSITORY.resolve("demo/text/heldout.txt")),
                                64,
                                OrderMode.PERPLEXITY),
                        new FileBlobStore(directory),
                        Progress.none(),
                        () -> false);
    }
}
