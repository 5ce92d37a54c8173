package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredBlobsTest {
    @TempDir
    Path directory;

    @Test
    void noMoreThanTheBoundIsKeptAndEverythingCanBeReadAgain() throws IOException {
        FileBlobStore store = new FileBlobStore(directory);
        List<Digest> digests = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            byte[] content = new byte[100];
            content[0] = (byte) i;
            digests.add(store.put(ByteBuffer.wrap(content)).digest());
        }
        StoredBlobs blobs = new StoredBlobs(store, 450);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 20; i++) {
                assertThat(blobs.segment(digests.get(i)).get(ValueLayout.JAVA_BYTE, 0))
                        .isEqualTo((byte) i);
                assertThat(blobs.keptBytes()).isLessThanOrEqualTo(450);
            }
        }
        assertThat(blobs.segment(digests.get(19))).isSameAs(blobs.segment(digests.get(19)));
    }
}
