package io.bitstack.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.safetensors.Safetensors;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestException;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The committed stacks stay readable, and what a reader must refuse by docs/FORMAT.md is refused with a clear error. */
class GoldenStackTest {
    /** Header fields of the golden stacks: m = 5, n = 80, r = 2, start = 2, levels = 4 (nested); k = 2, levels = 3 (iabd). */
    private static final int START_AT = 4;

    private static final int LEVELS_AT = 8;
    private static final int BALANCE_AT = 16 + 2 * 2 * 80;
    private static final int RESERVED_AT = 12;
    private static final int MAGNITUDES_AT = 16;

    /** One golden stack on the class path. */
    private record Golden(String codec) {
        byte[] bytes(String path) {
            try (InputStream stream = GoldenStackTest.class.getResourceAsStream("/golden/" + codec + "/" + path)) {
                if (stream == null) {
                    throw new AssertionError("no golden file " + codec + "/" + path);
                }
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        StackManifest manifest() {
            return ManifestJson.read(bytes("manifest.json"));
        }

        byte[] blob(Digest digest) {
            byte[] bytes = bytes("blobs/" + digest.hex());
            assertThat(Digest.of(bytes)).isEqualTo(digest);
            return bytes;
        }

        byte[] input(int matrix) {
            StackManifest manifest = manifest();
            return blob(manifest.inputs()
                    .get(manifest.matrices().get(matrix).input())
                    .digest());
        }

        byte[] header(int matrix) {
            return blob(manifest().matrices().get(matrix).digest());
        }

        List<byte[]> blocks(int matrix, int level) {
            return manifest().blocks().stream()
                    .filter(block -> block.matrix() == matrix && block.level() <= level)
                    .map(block -> blob(block.digest()))
                    .toList();
        }

        CompressedMatrix read(int matrix, byte[] input, byte[] header, List<byte[]> blocks) {
            StackManifest.Matrix entry = manifest().matrices().get(matrix);
            ResidualCodec reader = Codecs.byName(codec);
            return reader.readMatrix(
                    entry.rows(),
                    entry.columns(),
                    entry.startLevel(),
                    reader.readInput(entry.columns(), MemorySegment.ofArray(input)),
                    MemorySegment.ofArray(header),
                    Matrices.segments(blocks));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nested", "iabd"})
    void decodesToTheValuesOfAnIndependentReader(String codec) {
        Golden golden = new Golden(codec);
        JsonNode expected = new JsonMapper().readTree(golden.bytes("expected.json"));
        List<StackManifest.Matrix> matrices = golden.manifest().matrices();
        int compared = 0;
        for (int i = 0; i < matrices.size(); i++) {
            StackManifest.Matrix matrix = matrices.get(i);
            for (int level : new int[] {matrix.startLevel(), matrix.levels()}) {
                JsonNode values = expected.get(matrix.name()).get(Integer.toString(level));
                float[] decoded = golden.read(i, golden.input(i), golden.header(i), golden.blocks(i, level))
                        .decode()
                        .data();
                assertThat(values.size()).isEqualTo(decoded.length);
                double largest = 0;
                for (JsonNode value : values) {
                    largest = Math.max(largest, Math.abs(value.asDouble()));
                }
                for (int at = 0; at < decoded.length; at++) {
                    assertThat((double) decoded[at])
                            .as("%s at level %d, element %d", matrix.name(), level, at)
                            .isCloseTo(values.get(at).asDouble(), within(1e-5 * largest));
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(2 * (5 * 80 + 3 * 80 + 4 * 24));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nested", "iabd"})
    void manifestAndTensorsReadAsTheyWereWritten(String codec) {
        Golden golden = new Golden(codec);
        assertThat(ManifestJson.write(golden.manifest())).isEqualTo(golden.bytes("manifest.json"));
        byte[] tensors = golden.blob(golden.manifest().tensors().digest());
        assertThat(Safetensors.parse(MemorySegment.ofArray(tensors), "golden").floats("norm.weight", "golden"))
                .containsExactly(1f, -0.5f, 3.25f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nested|'\"level\":3,\"matrix\":1'|'\"level\":4,\"matrix\":1'|level 3 is next",
                "nested|'\"level\":4,\"matrix\":0'|'\"level\":3,\"matrix\":0'|level 4 is next",
                "nested|'\"level\":2,\"matrix\":2'|'\"level\":3,\"matrix\":2'|level 2 is next",
                "nested|'\"name\":\"matrix.0\"'|'\"name\":\"matrix.1\"'|'''matrix.1'' is listed twice'",
                "nested|'\"input\":1,'|'\"input\":0,'|differ in columns",
                "nested|'\"levels\":4,'|'\"levels\":65,'|levels 2 to 65",
                "iabd|'\"level\":2,\"matrix\":1'|'\"level\":1,\"matrix\":1'|level 2 is next",
                "iabd|'\"minimalBlocks\":3'|'\"minimalBlocks\":4'|is no first block",
                "iabd|'\"path\":\"config.json\"'|'\"path\":\"../config.json\"'|not a plain file name"
            })
    void hostileManifestsAreRefused(String codec, String from, String to, String reason) {
        String json = new String(new Golden(codec).bytes("manifest.json"), StandardCharsets.UTF_8);
        assertThat(json).contains(from);
        byte[] hostile = json.replace(from, to).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> ManifestJson.read(hostile))
                .isInstanceOf(ManifestException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void hostileNestedInputsAreRefused() {
        refusedInput("nested", blob -> blob.putInt(0, 65), "rank 65");
        refusedInput("nested", blob -> blob.putInt(0, -1), "rank -1");
        refusedInput("nested", blob -> blob.putInt(0, 3), "needs 160 more");
        refusedInput("nested", blob -> blob.putInt(0, 1), "where its form needs 336");
        refusedInput("nested", blob -> blob.putInt(4, 0), "rotation block 0");
        refusedInput("nested", blob -> blob.putInt(4, 5), "rotation block 5");
        refusedInput("nested", blob -> blob.putInt(4, 32), "rotation block 32");
        refusedInput("nested", blob -> blob.putShort(20, (short) 0x7c00), "element 2");
        refusedInput("nested", blob -> blob.putShort(BALANCE_AT + 6, (short) 0), "balance 3 is 0.0");
        refusedInput("nested", blob -> blob.putShort(BALANCE_AT, (short) 0xbc00), "balance 0 is -1.0");
    }

    @Test
    void hostileNestedHeadersAreRefused() {
        refusedHeader("nested", blob -> blob.putInt(0, 3), "side branch rank 3");
        refusedHeader("nested", blob -> blob.putInt(START_AT, 1), "start 1");
        refusedHeader("nested", blob -> blob.putInt(LEVELS_AT, 9), "levels 9");
        refusedHeader("nested", blob -> blob.putInt(LEVELS_AT, 1), "levels 1");
        refusedHeader("nested", blob -> blob.putInt(LEVELS_AT, 5), "more from byte");
        refusedHeader("nested", blob -> blob.putInt(LEVELS_AT, 3), "where its form needs");
        refusedHeader("nested", blob -> blob.putInt(RESERVED_AT, 1), "reserved");
        refusedHeader("nested", blob -> blob.putShort(MAGNITUDES_AT, (short) 0x7e00), "element 0");
    }

    @Test
    void hostileIabdBlobsAreRefused() {
        refusedInput("iabd", blob -> blob.putFloat(8, 0), "scale 2 is");
        refusedInput("iabd", blob -> blob.putFloat(8, -1), "scale 2 is");
        refusedInput("iabd", blob -> blob.putFloat(8, Float.NaN), "element 2");
        refusedHeader("iabd", blob -> blob.putInt(0, 0), "rank 0");
        refusedHeader("iabd", blob -> blob.putInt(0, 6), "rank 6");
        refusedHeader("iabd", blob -> blob.putInt(4, 65), "65 levels");
        refusedHeader("iabd", blob -> blob.putInt(4, 2), "3 blocks");
        Golden golden = new Golden("iabd");
        List<byte[]> blocks = golden.blocks(0, 1);
        ByteBuffer.wrap(blocks.getFirst()).order(ByteOrder.LITTLE_ENDIAN).putShort(5 * 16 + 4, (short) 0xfc00);
        refused(() -> golden.read(0, golden.input(0), golden.header(0), blocks), "element 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nested", "iabd"})
    void blobsOfWrongLengthAreRefused(String codec) {
        Golden golden = new Golden(codec);
        byte[] input = golden.input(0);
        byte[] header = golden.header(0);
        List<byte[]> blocks = golden.blocks(0, 9);
        for (int length : new int[] {0, 3, 7}) {
            refused(() -> golden.read(0, Arrays.copyOf(input, length), header, blocks), "ends at byte " + length);
            refused(() -> golden.read(0, input, Arrays.copyOf(header, length), blocks), "ends at byte " + length);
        }
        refused(() -> golden.read(0, input, Arrays.copyOf(header, header.length - 1), blocks), "ends at byte");
        refused(() -> golden.read(0, input, Arrays.copyOf(header, header.length + 1), blocks), "form needs");
        refused(() -> golden.read(0, Arrays.copyOf(input, input.length + 2), header, blocks), "form needs");
        for (int change : new int[] {-1, 1, 8}) {
            byte[] first = Arrays.copyOf(blocks.getFirst(), blocks.getFirst().length + change);
            refused(() -> golden.read(0, input, header, List.of(first)), first.length + " bytes, not");
        }
        refused(() -> golden.read(0, input, header, List.of()), "blocks");
    }

    private static void refusedInput(String codec, Consumer<ByteBuffer> change, String reason) {
        Golden golden = new Golden(codec);
        byte[] input = golden.input(0);
        change.accept(ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN));
        refused(() -> golden.read(0, input, golden.header(0), golden.blocks(0, 9)), reason);
    }

    private static void refusedHeader(String codec, Consumer<ByteBuffer> change, String reason) {
        Golden golden = new Golden(codec);
        byte[] header = golden.header(0);
        change.accept(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN));
        refused(() -> golden.read(0, golden.input(0), header, golden.blocks(0, 9)), reason);
    }

    private static void refused(Runnable read, String reason) {
        assertThatThrownBy(read::run).isInstanceOf(CodecException.class).hasMessageContaining(reason);
    }
}
