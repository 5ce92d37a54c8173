package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The two ways to merge against each other. */
class PairMergerTest {
    @Test
    void bothWaysMergeAlike() {
        Random random = new Random(5);
        for (int round = 0; round < 2000; round++) {
            int alphabet = 2 + random.nextInt(4);
            int merges = random.nextInt(40);
            MergeTable table = new MergeTable(merges);
            for (int rank = 0; rank < merges; rank++) {
                table.put(random.nextInt(alphabet + rank), random.nextInt(alphabet + rank), rank, alphabet + rank);
            }
            int[] word = random.ints(random.nextInt(1, 200), 0, alphabet).toArray();
            int[] quick = word.clone();
            int[] patient = word.clone();
            PairMerger merger = new PairMerger(table);
            int quickCount = merger.mergeLong(quick, quick.length);
            int patientCount = merger.mergeShort(patient, patient.length);
            assertThat(Arrays.copyOf(quick, quickCount)).isEqualTo(Arrays.copyOf(patient, patientCount));
        }
    }
}
