package io.bitstack.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
    private static final Path MAPS = Path.of("/proc/self/maps");

    @TempDir
    Path directory;

    private Path file(int sizeBytes) throws IOException {
        byte[] content = new byte[sizeBytes];
        new Random(sizeBytes).nextBytes(content);
        return Files.write(directory.resolve(sizeBytes + ".bin"), content);
    }

    @Test
    void holdsTheFilesBytesWhateverTheirNumber() throws IOException {
        for (int sizeBytes : new int[] {0, 1, 4095, 4096, 4097, 100_000}) {
            Path file = file(sizeBytes);
            MappedFile mapped = MappedFile.open(file);
            assertThat(mapped.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Files.readAllBytes(file));
            assertThat(mapped.segment().isReadOnly()).isTrue();
            mapped.close();
            assertThatThrownBy(mapped::close).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> MappedFile.open(directory.resolve("none"))).isInstanceOf(IOException.class);
    }

    @Test
    void givesBackWhatIsClosedAndNothingElse() throws Exception {
        assumeTrue(Files.exists(MAPS), "only Linux tells what is mapped");
        Path file = file(9000);
        List<MappedFile> mapped = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            mapped.add(MappedFile.open(file));
        }
        assertThat(mappings(file)).isEqualTo(20);
        for (MappedFile one : mapped.subList(5, 20)) {
            // Another thread than the one that mapped it.
            Thread closing = Thread.ofPlatform().start(one::close);
            closing.join();
        }
        assertThat(mappings(file)).isEqualTo(5);
        for (MappedFile one : mapped.subList(0, 5)) {
            assertThat(one.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Files.readAllBytes(file));
            one.close();
        }
        assertThat(mappings(file)).isZero();
    }

    /** Linux may show neighbouring mappings of equal kind as one only if their offsets in the file follow one another, which these do not. */
    private static long mappings(Path file) throws IOException {
        try (var lines = Files.lines(MAPS)) {
            return lines.filter(line -> line.endsWith(file.toString())).count();
        }
    }
}
