package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StackOrderTest {
    private static BlockLadder ladder(int blockBytes, double... errors) {
        int[] bytes = new int[errors.length];
        Arrays.fill(bytes, blockBytes);
        return new BlockLadder(1, bytes, errors);
    }

    private static double[][] errors(List<BlockLadder> ladders) {
        return ladders.stream().map(BlockLadder::weightedErrors).toArray(double[][]::new);
    }

    private static List<String> names(List<StackOrder.Entry> order) {
        return order.stream().map(entry -> entry.matrix() + "." + entry.block()).toList();
    }

    @Test
    void firstBlocksComeFirstThenWhatGainsMostPerByte() {
        List<BlockLadder> ladders = List.of(ladder(10, 8, 2, 0.5), ladder(10, 4, 3, 2.5), ladder(1, 4, 3, 2.5));
        assertThat(names(StackOrder.of(ladders, errors(ladders))))
                .containsExactly("0.0", "1.0", "2.0", "2.1", "0.1", "2.2", "0.2", "1.1", "1.2");
    }

    @Test
    void costsCountNotTheErrors() {
        List<BlockLadder> ladders = List.of(ladder(10, 8, 2), ladder(10, 8, 2));
        List<StackOrder.Entry> order = StackOrder.of(ladders, new double[][] {{0.8, 0.2}, {24, 6}});
        assertThat(names(order)).containsExactly("0.0", "1.0", "1.1", "0.1");
        assertThat(order.get(2).gain()).isEqualTo(18);
    }

    @Test
    void aLevelThatGainsLittleIsCarriedByTheNext() {
        // Alone the second block of matrix 0 gains 1 a byte, with the third 4.5; the other matrix's gains 2.
        List<BlockLadder> ladders = List.of(ladder(1, 10, 9, 1), ladder(1, 10, 8, 7));
        assertThat(names(StackOrder.of(ladders, errors(ladders))))
                .containsExactly("0.0", "1.0", "0.1", "0.2", "1.1", "1.2");
    }

    @Test
    void levelsKeepTheirOrderWhateverTheErrors() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            List<BlockLadder> ladders = new ArrayList<>();
            int matrices = 1 + random.nextInt(8);
            for (int m = 0; m < matrices; m++) {
                double size = random.nextInt(4);
                double[] errors = random.doubles(1 + random.nextInt(8), 0, 1 + size)
                        .map(error -> size * error)
                        .toArray();
                ladders.add(ladder(1 + random.nextInt(100), errors));
            }
            List<StackOrder.Entry> order = StackOrder.of(ladders, errors(ladders));
            int[] next = new int[matrices];
            for (StackOrder.Entry entry : order) {
                assertThat(entry.block()).isEqualTo(next[entry.matrix()]++);
            }
            for (int m = 0; m < next.length; m++) {
                assertThat(next[m]).isEqualTo(ladders.get(m).blocks());
            }
        }
    }
}
