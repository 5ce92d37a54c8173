package io.bitstack.core.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every type against what the published Python package makes of the same bytes: see make.py beside the files. */
class GgufTypeTest {
    @ParameterizedTest
    @EnumSource(GgufType.class)
    void givesTheNumbersOfThePublishedPackage(GgufType type) {
        try (GgufFile file = GgufFile.open(GgufTestFiles.path("blocks.gguf"))) {
            GgufTensor tensor = GgufTestFiles.tensor(file, type.name());
            float[] values = GgufTestFiles.all(file, tensor);
            float[] expected = GgufTestFiles.all(file, GgufTestFiles.tensor(file, type + ".expected"));
            assertThat(tensor.type()).isEqualTo(type);
            assertThat(values).isEqualTo(expected);
            assertThat(values.length).isGreaterThan(150);
        }
    }

    @ParameterizedTest
    @EnumSource(GgufType.class)
    void readsAnyPartOfATensorAsItReadsTheWhole(GgufType type) {
        Random random = new Random(7);
        try (GgufFile file = GgufFile.open(GgufTestFiles.path("blocks.gguf"))) {
            GgufTensor tensor = GgufTestFiles.tensor(file, type.name());
            float[] all = GgufTestFiles.all(file, tensor);
            for (int trial = 0; trial < 200; trial++) {
                int first = random.nextInt(all.length);
                int count = random.nextInt(all.length - first + 1);
                float[] part = new float[count + 3];
                file.read(tensor, first, part, 2, count);
                for (int i = 0; i < count; i++) {
                    assertThat(part[2 + i]).isEqualTo(all[first + i]);
                }
                assertThat(part[count + 2]).isZero();
            }
        }
    }
}
