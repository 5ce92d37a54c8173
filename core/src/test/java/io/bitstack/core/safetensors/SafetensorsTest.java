package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.core.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    private static final String SOURCE = "evil.safetensors";

    private static byte[] file(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private static SafetensorsException refused(byte[] file) {
        return catchThrowableOfType(
                SafetensorsException.class, () -> Safetensors.parse(MemorySegment.ofArray(file), SOURCE));
    }

    private static void assertRefused(byte[] file, SafetensorsError code, String... words) {
        SafetensorsException e = refused(file);
        assertThat(e).as("must be refused as %s", code).isNotNull();
        assertThat(e.code()).isEqualTo(code);
        assertThat(e).hasMessageContaining(SOURCE).hasMessageContainingAll(words);
    }

    private static byte[] twoTensors() {
        return new SafetensorsWriter()
                .add("a", DType.F32, List.of(2, 3), new float[] {1, 2, 3, 4, 5, 6})
                .add("b \"quoted\" ü", DType.BF16, List.of(4), new float[] {-1, 0, 0.5f, 2})
                .toBytes();
    }

    @Test
    void readsWhatTheWriterWrites() {
        Safetensors file = Safetensors.parse(MemorySegment.ofArray(twoTensors()), SOURCE);
        assertThat(file.tensors()).containsOnlyKeys("a", "b \"quoted\" ü");
        assertThat(file.floats("a", SOURCE)).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(file.floats("b \"quoted\" ü", SOURCE)).containsExactly(-1, 0, 0.5f, 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "BAD_DTYPE     | {'t':{'dtype':'I64','shape':[1],'data_offsets':[0,8]}}                              | I64",
                "SIZE_MISMATCH | {'t':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}                              | [3]",
                "SIZE_MISMATCH | {'t':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}                              | 't'",
                "BAD_SHAPE     | {'t':{'dtype':'F32','shape':[0],'data_offsets':[0,0]}}                              | 't'",
                "BAD_SHAPE     | {'t':{'dtype':'F32','shape':[2147483647,2147483647,2147483647],'data_offsets':[0,8]}} | 't'",
                "BAD_SHAPE     | {'t':{'dtype':'F32','shape':[65536,65536,65536,65536],'data_offsets':[0,0]}}        | 't'",
                "BAD_SHAPE     | {'t':{'dtype':'F32','shape':[4611686018427387904],'data_offsets':[0,0]}}            | 't'",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1],'data_offsets':[0,4]}}              | shape",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}}                             | negative",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}}                            | whole",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}}           | header",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[2]}}                                                   | data_offsets",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'extra':1}}                    | extra",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}                               | JSON",
                "HEADER_INVALID| {'t':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} {}                           | closing",
                "OVERLAP       | {'t':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'u':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 'u'",
                "OVERLAP       | {'t':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'u':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 'u'",
                "GAP           | {'t':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}                              | 4 bytes",
                "GAP           | {'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}                              | 4 bytes",
                "TRUNCATED     | {'t':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}}                             | cut off",
                "TRUNCATED     | {'t':{'dtype':'F32','shape':[2],'data_offsets':[9223372036854775799,9223372036854775807]}} | 't'",
                "DUPLICATE_KEY | {'t':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'t':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 't'",
                "DUPLICATE_KEY | {'t':{'dtype':'F32','dtype':'F16','shape':[2],'data_offsets':[0,8]}}                 | dtype",
            })
    void refusesHostileHeaders(SafetensorsError code, String header, String word) {
        assertRefused(file(header.replace('\'', '"'), 8), code, word);
    }

    @Test
    void refusesAHeaderThatClaimsTooMuch() {
        ByteBuffer file = ByteBuffer.wrap(twoTensors()).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(0, Safetensors.MAX_HEADER_BYTES + 1);
        assertRefused(file.array(), HEADER_TOO_LARGE, "16777217");
        file.putLong(0, -1);
        assertRefused(file.array(), HEADER_TOO_LARGE, "18446744073709551615");
        file.putLong(0, 1 << 20);
        assertRefused(file.array(), TRUNCATED, "header");
    }

    @Test
    void refusesMoreTensorsThanAllowed() {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i <= HeaderParser.MAX_TENSORS; i++) {
            header.append(i == 0 ? "" : ",")
                    .append("\"t%d\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[%d,%d]}"
                            .formatted(i, 2 * i, 2 * i + 2));
        }
        assertRefused(
                file(header.append('}').toString(), 2 * (HeaderParser.MAX_TENSORS + 1)), TOO_MANY_TENSORS, "100000");
    }

    @Test
    void refusesPicklesAndArchivesByContent() {
        assertRefused(new byte[] {(byte) 0x80, 2, 'c', 'o', 's', '\n', 's', 'y', 's', 't'}, NOT_SAFETENSORS, "pickle");
        assertRefused(new byte[] {(byte) 0x80, 4, (byte) 0x95}, NOT_SAFETENSORS, "pickle");
        assertRefused("PK\3\4aaaaaaaaaaaa".getBytes(StandardCharsets.ISO_8859_1), NOT_SAFETENSORS, "zip");
        assertRefused("GGUF\3\0\0\0aaaaaaaa".getBytes(StandardCharsets.ISO_8859_1), NOT_SAFETENSORS, "GGUF");
        assertRefused("version https://git-lfs".getBytes(StandardCharsets.US_ASCII), NOT_SAFETENSORS, "LFS");
    }

    @Test
    void aHeaderWhoseLengthLooksLikeAPickleIsRead() {
        // 0x0280 bytes: the length's first two bytes are those of a protocol 2 pickle.
        String header = "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        byte[] file = file(header + " ".repeat(0x280 - header.length()), 4);
        assertThat(file).startsWith(0x80, 0x02);
        assertThat(Safetensors.parse(MemorySegment.ofArray(file), SOURCE).floats("t", SOURCE))
                .containsExactly(0);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] whole = twoTensors();
        for (int length = 0; length < whole.length; length++) {
            assertThat(refused(Arrays.copyOf(whole, length)))
                    .as("cut to %d of %d bytes", length, whole.length)
                    .isNotNull();
        }
    }

    @Test
    void randomDamageNeverEscapesAsAnotherException() {
        byte[] whole = twoTensors();
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = whole.clone();
            for (int n = random.nextInt(1, 5); n > 0; n--) {
                damaged[random.nextInt(damaged.length - 32)] = (byte) random.nextInt(256);
            }
            try {
                Safetensors file = Safetensors.parse(MemorySegment.ofArray(damaged), SOURCE);
                file.tensors().values().forEach(tensor -> CheckedNumbers.all(file.stored(tensor)));
            } catch (SafetensorsException e) {
                assertThat(e).hasMessageContaining(SOURCE);
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void namesTheIndexOfANumberThatIsNotFinite() {
        float[] values = new float[12];
        values[7] = Float.NaN;
        byte[] file = new SafetensorsWriter()
                .add("w", DType.F16, List.of(3, 4), values)
                .toBytes();
        Safetensors parsed = Safetensors.parse(MemorySegment.ofArray(file), SOURCE);
        SafetensorsException read = catchThrowableOfType(SafetensorsException.class, () -> parsed.floats("w", SOURCE));
        assertThat(read.code()).isEqualTo(NOT_FINITE);
        assertThat(read).hasMessageContainingAll(SOURCE, "'w'", "NaN", "[1, 3]");
        TensorInfo info = parsed.tensors().values().iterator().next();
        assertThat(catchThrowableOfType(SafetensorsException.class, () -> parsed.requireFinite(info)))
                .hasMessage(read.getMessage());
    }
}
