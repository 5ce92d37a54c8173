package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The golden file was put together from docs/FORMAT.md alone, without this code. */
class StackFileTest {
    private static final byte[] GOLDEN = golden();

    private static byte[] golden() {
        try (InputStream in = StackFileTest.class.getResourceAsStream("/golden/nested.bitstack")) {
            return Objects.requireNonNull(in).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static StackFile read(byte[] content) throws IOException {
        return StackFile.read(new ByteArrayInputStream(content));
    }

    @Test
    void laysTheFileOutAsTheGoldenOne() throws IOException {
        StackFile file = read(GOLDEN);
        assertThat(file.sizeBytes()).isEqualTo(GOLDEN.length);
        assertThat(file.head()).isEqualTo(Arrays.copyOf(GOLDEN, Math.toIntExact(file.headBytes())));
        for (StackFile.Entry entry : file.entries()) {
            byte[] blob = Arrays.copyOfRange(GOLDEN, (int) entry.offsetBytes(), (int) entry.endBytes());
            assertThat(Digest.of(blob)).isEqualTo(entry.blob().digest());
        }
        assertThat(StackFile.of(file.manifestBytes()).digest()).isEqualTo(file.digest());
        assertThat(StackFile.of(file.manifestBytes()).signature()).isNull();
    }

    @Test
    void theGoldenSignatureIsOfItsKeyAndOfItsManifestAlone() throws IOException {
        StackFile file = read(GOLDEN);
        PublicKey key = ManifestSignature.publicKey("MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
        StackFile.FileSignature signature = Objects.requireNonNull(file.signature());
        assertThat(signature.keyId()).isEqualTo("golden-key-00001");
        assertThat(ManifestSignature.verify(file.manifestBytes(), signature.signature(), key))
                .isTrue();
        byte[] changed = file.manifestBytes();
        changed[20] ^= 1;
        assertThat(ManifestSignature.verify(changed, signature.signature(), key))
                .isFalse();
        byte[] forged = signature.signature().clone();
        forged[5] ^= 1;
        assertThat(ManifestSignature.verify(file.manifestBytes(), forged, key)).isFalse();
        assertThatThrownBy(() -> ManifestSignature.publicKey("bm8="))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Ed25519");
    }

    @Test
    void everyCutAfterTheMinimalPrefixIsASmallerModel() throws IOException {
        StackFile file = read(GOLDEN);
        StackManifest whole = file.manifest();
        int before = 0;
        for (int length = 0; length <= GOLDEN.length; length += 7) {
            int blocks = file.blocksWithin(length);
            assertThat(blocks).isGreaterThanOrEqualTo(before);
            before = blocks;
            if (blocks < whole.minimalBlocks()) {
                assertThatThrownBy(() -> file.prefix(blocks))
                        .isInstanceOf(StackFileException.class)
                        .hasMessageContaining("get more of the file");
            } else {
                StackManifest smaller = file.prefix(blocks);
                assertThat(ManifestJson.read(ManifestJson.write(smaller))).isEqualTo(smaller);
                assertThat(smaller.blocks()).isEqualTo(whole.blocks().subList(0, blocks));
                assertThat(file.sizeBytes(blocks)).isLessThanOrEqualTo(length);
            }
        }
        assertThat(file.blocksWithin(GOLDEN.length)).isEqualTo(whole.blocks().size());
        assertThat(file.prefix(whole.blocks().size())).isSameAs(whole);
    }

    @Test
    void refusesWhatIsNoSuchFile() {
        for (int length : List.of(0, 1, 15, 16, 17, 100)) {
            assertRefused(Arrays.copyOf(GOLDEN, length));
        }
        byte[] other = GOLDEN.clone();
        other[3] ^= 1;
        assertRefused(other);
        for (long length : List.of(-1L, 0L, 1L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40)) {
            byte[] lying = GOLDEN.clone();
            ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN).putLong(8, length);
            assertRefused(lying);
        }
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            assertRefused(noise);
        }
    }

    private static void assertRefused(byte[] content) {
        assertThatThrownBy(() -> read(content)).isInstanceOf(StackFileException.class);
    }
}
