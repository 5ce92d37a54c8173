package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;

/** Whatever a file holds, it is refused by name, or read as exactly what it says, in every length to which it may be cut. */
class StackFileFuzzTest {
    @FuzzTest
    void anyFileIsReadOrRefused(byte[] content) throws IOException {
        StackFile file;
        try {
            file = StackFile.read(new ByteArrayInputStream(content));
        } catch (StackFileException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(file.head()).isEqualTo(Arrays.copyOf(content, Math.toIntExact(file.headBytes())));
        long end = file.headBytes();
        for (StackFile.Entry entry : file.entries()) {
            assertThat(entry.offsetBytes()).isEqualTo(end);
            assertThat(entry.endBytes()).isGreaterThanOrEqualTo(end);
            end = entry.endBytes();
        }
        assertThat(file.sizeBytes()).isEqualTo(end);
        int all = file.manifest().blocks().size();
        assertThat(file.blocksWithin(end)).isEqualTo(all);
        assertThat(file.blocksWithin(Long.MAX_VALUE)).isEqualTo(all);
        int before = all;
        for (long cut = end; cut >= 0; cut -= 1 + end / 16) {
            int blocks = file.blocksWithin(cut);
            assertThat(blocks).isBetween(0, before);
            before = blocks;
            if (blocks >= file.manifest().minimalBlocks()) {
                StackManifest smaller = file.prefix(blocks);
                assertThat(ManifestJson.read(ManifestJson.write(smaller))).isEqualTo(smaller);
                assertThat(file.sizeBytes(blocks)).isLessThanOrEqualTo(cut);
            }
        }
    }
}
