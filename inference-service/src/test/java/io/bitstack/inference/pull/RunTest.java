package io.bitstack.inference.pull;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How missing blobs are divided into requests. */
class RunTest {
    private static List<Descriptor> blobs(long... sizesBytes) {
        List<Descriptor> blobs = new ArrayList<>();
        for (int i = 0; i < sizesBytes.length; i++) {
            blobs.add(new Descriptor(Digest.of(new byte[] {(byte) i, 1}), sizesBytes[i]));
        }
        return blobs;
    }

    @Test
    void neighboursShareARequestUntilOneIsHeldOrLarge() {
        List<Descriptor> blobs = blobs(10, 10, 10, 10, 5000, 10, 10);
        List<Run> runs = Run.of(StackPart.BLOCKS, 100, blobs, blob -> !blob.equals(blobs.get(2)), 1000);
        assertThat(runs.stream().map(run -> run.from() + "-" + run.to()))
                .containsExactly("100-102", "103-104", "104-105", "105-107");
        assertThat(runs.stream().flatMap(run -> run.blobs().stream()).toList())
                .containsExactlyInAnyOrderElementsOf(blobs.stream()
                        .filter(blob -> !blob.equals(blobs.get(2)))
                        .toList());
        assertThat(runs.getFirst().after(1)).isEqualTo(new Run(StackPart.BLOCKS, 101, blobs.subList(1, 2)));
    }

    @Test
    void aRequestDoesNotGrowWithoutEnd() {
        long[] sizes = new long[50];
        Arrays.fill(sizes, 1 << 20);
        List<Run> runs = Run.of(StackPart.BASE, 0, blobs(sizes), blob -> true, 1 << 20);
        assertThat(runs).hasSize(13).allMatch(run -> run.sizeBytes() <= 4 << 20);
        assertThat(runs.getLast().to()).isEqualTo(50);
    }

    @Test
    void nothingIsAskedForWhereNothingIsMissing() {
        assertThat(Run.of(StackPart.BASE, 0, blobs(1, 2, 3), blob -> false, 10)).isEmpty();
    }
}
