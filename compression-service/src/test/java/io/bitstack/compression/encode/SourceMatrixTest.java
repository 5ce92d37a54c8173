package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.model.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How embeddings are cut into parts. */
class SourceMatrixTest {
    private static final ModelConfig CONFIG = ModelConfig.read(Path.of("..", "demo", "model"));

    private static List<Integer> embeddingRows(int firstRows) {
        return SourceMatrix.of(CONFIG, firstRows).stream()
                .filter(matrix -> matrix.tensor().rows() == CONFIG.vocabularySize())
                .map(SourceMatrix::rows)
                .toList();
    }

    @Test
    void partsReachTwiceAsFarEach() {
        List<Integer> rows = embeddingRows(16);
        assertThat(rows).startsWith(16, 16, 32, 64, 128, 256);
        assertThat(rows.stream().mapToInt(Integer::intValue).sum()).isEqualTo(CONFIG.vocabularySize());
    }

    @Test
    void partsFollowEachOther() {
        int next = 0;
        for (SourceMatrix matrix : SourceMatrix.of(CONFIG, 13)) {
            if (matrix.tensor().rows() == CONFIG.vocabularySize()) {
                assertThat(matrix.part().firstRow()).isEqualTo(next);
                next += matrix.rows();
            }
        }
        assertThat(next).isEqualTo(CONFIG.vocabularySize());
    }

    @Test
    void zeroAndLargeNumbersLeaveThemWhole() {
        assertThat(embeddingRows(0)).containsExactly(CONFIG.vocabularySize());
        assertThat(embeddingRows(1 << 20)).containsExactly(CONFIG.vocabularySize());
    }
}
