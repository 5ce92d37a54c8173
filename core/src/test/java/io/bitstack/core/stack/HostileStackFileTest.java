package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden file with one lie in its manifest at a time. */
class HostileStackFileTest {
    private static final int MANIFEST_AT = 16;
    private static final byte[] GOLDEN = golden();
    private static final StackFile HONEST = honest();

    private static byte[] golden() {
        try (InputStream in = HostileStackFileTest.class.getResourceAsStream("/golden/nested.bitstack")) {
            return Objects.requireNonNull(in).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static StackFile honest() {
        try {
            return StackFile.read(new ByteArrayInputStream(GOLDEN));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertRefused(byte[] file, String why) {
        assertThatThrownBy(() -> StackFile.read(new ByteArrayInputStream(file)))
                .isInstanceOf(StackFileException.class)
                .hasMessageContaining(why);
    }

    private static byte[] with(UnaryOperator<String> lie) throws IOException {
        String manifest = new String(HONEST.manifestBytes(), StandardCharsets.UTF_8);
        String changed = lie.apply(manifest);
        assertThat(changed).as("the lie is told").isNotEqualTo(manifest);
        byte[] bytes = changed.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(GOLDEN, 0, 8);
        file.write(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.length)
                .array());
        file.write(bytes);
        int rest = MANIFEST_AT + HONEST.manifestBytes().length;
        file.write(GOLDEN, rest, GOLDEN.length - rest);
        return file.toByteArray();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        "sizeBytes":160     | "sizeBytes":-160                 | bytes, not 1 to
        "sizeBytes":160     | "sizeBytes":0                    | bytes, not 1 to
        "sizeBytes":160     | "sizeBytes":9223372036854775807  | bytes, not 1 to
        "sizeBytes":160     | "sizeBytes":9223372036854775808  | cannot be read
        "sizeBytes":160     | "sizeBytes":1e99                 | cannot be read
        "sizeBytes":160     | "sizeBytes":"160"                | cannot be read
        "sizeBytes":160     | "sizeBytes":160,"sizeBytes":160  | cannot be read
        "matrix":0          | "matrix":-1                      | names matrix
        "matrix":0          | "matrix":2147483647              | names matrix
        "level":3           | "level":4                        | is next
        "gain":0.5          | "gain":1e400                     | not finite
        "gain":0.5          | "gain":NaN                       | cannot be read
        sha256:55           | md5:55                           | cannot be read
        sha256:55           | sha256:../../5                   | cannot be read
        "path":"config.json" | "path":"../config.json"         | not a plain file name
        "bitstack/1"        | "bitstack/9"                     | bitstack/9
        "full":null         | "full":null,"more":1             | cannot be read
        """)
    void aLieIsNamed(String truth, String lie, String why) throws IOException {
        assertRefused(with(manifest -> manifest.replaceFirst(java.util.regex.Pattern.quote(truth), lie)), why);
    }

    @Test
    void oneBlobHasOneSize() throws IOException {
        StackManifest.Block first = HONEST.manifest().blocks().get(3);
        StackManifest.Block second = HONEST.manifest().blocks().get(4);
        assertRefused(
                with(manifest -> manifest.replace(
                        second.digest().toString(), first.digest().toString())),
                "bytes in one place and");
    }

    @Test
    void deepAndEndlessManifestsAreRefusedBeforeTheyCostAnything() throws IOException {
        assertRefused(with(_ -> "[".repeat(1_000_000)), "cannot be read");
        assertRefused(with(_ -> "{\"blocks\":" + "[".repeat(100_000)), "cannot be read");
        assertRefused(with(_ -> "1".repeat(1_000_000)), "cannot be read");
        assertRefused(with(_ -> "{}"), "cannot be read");
        byte[] lying = GOLDEN.clone();
        ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN).putLong(8, ManifestJson.LARGEST_BYTES);
        assertRefused(lying, "ends before its manifest does");
    }

    @Test
    void aSignatureHasAKeyWithAName() {
        int key = MANIFEST_AT + HONEST.manifestBytes().length;
        byte[] nameless = GOLDEN.clone();
        Arrays.fill(nameless, key, key + 16, (byte) 0);
        assertRefused(nameless, "without the name of its key");
        byte[] unreadable = GOLDEN.clone();
        unreadable[key + 3] = (byte) 0xc3;
        assertRefused(unreadable, "visible characters");
    }
}
