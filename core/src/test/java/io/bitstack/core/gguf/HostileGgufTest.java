package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are damaged or made to do harm end in one error that says what is wrong. */
class HostileGgufTest {
    private static final int F32 = 0;
    private static final int Q4_0 = 2;

    private static void assertRefused(GgufBytes file, GgufError code, String... said) {
        GgufException e = catchThrowableOfType(GgufException.class, () -> GgufFile.parse(file.bytes(), "x.gguf"));
        assertThat(e).as("nothing was refused").isNotNull();
        assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
        for (String part : said) {
            assertThat(e.getMessage()).contains(part);
        }
        assertThat(e.getMessage()).contains("x.gguf");
    }

    private static GgufBytes oneTensor(int type, long offset, long... dimensions) {
        return GgufBytes.start(1, 0).tensor("w", type, offset, dimensions);
    }

    @Test
    void aSoundFileIsRead() {
        GgufBytes file = GgufBytes.start(2, 2)
                .entry("general.name", "tiny")
                .list("numbers", 4, 3)
                .word32(1)
                .word32(2)
                .word32(-1)
                .tensor("a", F32, 0, 3)
                .tensor("b", Q4_0, 32, 32, 2)
                .pad()
                .word32(Float.floatToIntBits(1.5f))
                .word32(Float.floatToIntBits(-2))
                .word32(0)
                .pad()
                .raw(new byte[36]);
        try (GgufFile read = GgufFile.parse(file.bytes(), "x.gguf")) {
            assertThat(read.metadata().text("general.name")).hasValue("tiny");
            assertThat(read.metadata().wholes("numbers")).containsExactly(1L, 2L, 4294967295L);
            GgufTensor a = GgufTestFiles.tensor(read, "a");
            assertThat(GgufTestFiles.all(read, a)).containsExactly(1.5f, -2, 0);
            assertThat(GgufTestFiles.tensor(read, "b").shape()).containsExactly(2, 32);
            assertThatThrownBy(() -> read.read(a, 2, new float[9], 0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void whatIsNoGgufFileIsNotRead() {
        assertRefused(new GgufBytes().raw("GG"), NOT_GGUF);
        assertRefused(new GgufBytes().raw("PK\3\4 and more of an archive"), NOT_GGUF);
        assertRefused(new GgufBytes().raw("GGUF").word32(1).word64(0).word64(0), VERSION_UNSUPPORTED, "version 1");
        assertRefused(new GgufBytes().raw("GGUF").word32(3 << 24).word64(0), VERSION_UNSUPPORTED, "big-endian");
    }

    @Test
    void countsAndLengthsAreBounded() {
        assertRefused(GgufBytes.start(-1, 0), TOO_LARGE, "number of tensors", "18446744073709551615");
        assertRefused(GgufBytes.start(100_001, 0), TOO_LARGE, "at most 100000");
        assertRefused(GgufBytes.start(0, 1L << 40), TOO_LARGE, "number of metadata entries");
        assertRefused(GgufBytes.start(0, 1).word64(1L << 60), TOO_LARGE, "key of entry 0");
        assertRefused(GgufBytes.start(0, 1).text("k").word32(8).word64(1 << 20), TRUNCATED, "within k");
        assertRefused(GgufBytes.start(0, 1).list("k", 0, 1L << 50), TOO_LARGE, "length of k");
        assertRefused(GgufBytes.start(0, 1).list("k", 10, 1 << 22), TRUNCATED, "4194304 elements");
        GgufBytes deep = GgufBytes.start(0, 1).list("k", 9, 1);
        for (int i = 0; i < 10; i++) {
            deep.word32(9).word64(1);
        }
        assertRefused(deep, TOO_LARGE, "deep");
    }

    @Test
    void damagedMetadataIsNamed() {
        assertRefused(GgufBytes.start(0, 2).entry("k", 1).entry("k", 2), METADATA_INVALID, "'k' twice");
        assertRefused(GgufBytes.start(0, 1).text("k").word32(13), METADATA_INVALID, "unknown type 13");
        assertRefused(GgufBytes.start(0, 1).text("k").word32(7).raw(new byte[] {2}), METADATA_INVALID, "true or false");
        assertRefused(
                GgufBytes.start(0, 1).text("k").word32(8).word64(2).raw(new byte[] {(byte) 0xC3, 40}),
                METADATA_INVALID,
                "not UTF-8");
        assertRefused(GgufBytes.start(0, 1).entry("general.alignment", 0), METADATA_INVALID, "general.alignment");
        assertRefused(GgufBytes.start(0, 1).entry("split.count", 3), SPLIT_FILE, "one of 3 files", "not called");
    }

    @Test
    void tensorsThatCannotBeAreRefused() {
        assertRefused(oneTensor(F32, 0), TENSOR_INVALID, "0 dimensions");
        assertRefused(oneTensor(F32, 0, 1, 1, 1, 1, 1), TENSOR_INVALID, "5 dimensions");
        assertRefused(oneTensor(F32, 0, 0), TENSOR_INVALID, "dimension of 0");
        assertRefused(oneTensor(F32, 0, -1), TENSOR_INVALID, "18446744073709551615");
        assertRefused(oneTensor(F32, 0, 1L << 30, 1L << 30, 1L << 30), TENSOR_INVALID);
        assertRefused(oneTensor(10, 0, 256), TYPE_UNSUPPORTED, "type 10", "Q6_K");
        assertRefused(oneTensor(Q4_0, 0, 33), TENSOR_INVALID, "rows of 33 weights");
        assertRefused(oneTensor(F32, 4, 8), TENSOR_INVALID, "no multiple of 32");
        assertRefused(oneTensor(F32, Long.MIN_VALUE, 8), TENSOR_INVALID);
        assertRefused(oneTensor(F32, Long.MAX_VALUE / 32 * 32, 8), TENSOR_INVALID, "beyond every file");
        assertRefused(GgufBytes.start(2, 0).tensor("w", F32, 0, 8).tensor("w", F32, 32, 8), TENSOR_INVALID, "twice");
    }

    @Test
    void tensorsTileTheData() {
        assertRefused(oneTensor(F32, 0, 16).pad().raw(new byte[63]), TRUNCATED, "'w'", "cut off");
        assertRefused(oneTensor(F32, 32, 8).pad().raw(new byte[64]), GAP, "the header", "'w'");
        assertRefused(
                GgufBytes.start(2, 0)
                        .tensor("a", F32, 0, 9)
                        .tensor("b", F32, 32, 8)
                        .pad()
                        .raw(new byte[128]),
                OVERLAP,
                "'b' overlaps 'a'");
        assertRefused(
                GgufBytes.start(2, 0)
                        .tensor("a", F32, 0, 8)
                        .tensor("b", F32, 64, 8)
                        .pad()
                        .raw(new byte[128]),
                GAP,
                "32 bytes");
    }

    @Test
    void aFileCutOffAnywhereIsRefused() {
        byte[] whole = GgufTestFiles.bytes("llama.gguf");
        Random random = new Random(1);
        for (int trial = 0; trial < 300; trial++) {
            int length = trial < 100 ? trial * 40 : random.nextInt(whole.length - 64);
            assertThatThrownBy(() -> GgufFile.parse(Arrays.copyOf(whole, length), "x.gguf"))
                    .as("%d bytes", length)
                    .isInstanceOf(GgufException.class);
        }
    }

    @Test
    void aFileWithDamagedBytesIsReadOrRefused() {
        byte[] whole = GgufTestFiles.bytes("qwen2.gguf");
        Random random = new Random(2);
        int refused = 0;
        for (int trial = 0; trial < 2000; trial++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(6000)] = (byte) random.nextInt();
            }
            try (GgufFile file = GgufFile.parse(damaged, "x.gguf")) {
                for (Map.Entry<String, GgufTensor> tensor : file.tensors().entrySet()) {
                    GgufTestFiles.all(file, tensor.getValue());
                }
            } catch (GgufException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void filesAreToldByTheirContent(@TempDir Path directory) throws Exception {
        Path other = Files.writeString(directory.resolve("model.gguf"), "GGU");
        assertThat(GgufFile.isGguf(other)).isFalse();
        assertThat(GgufFile.isGguf(directory)).isFalse();
        assertThat(GgufFile.isGguf(directory.resolve("absent"))).isFalse();
        assertThat(GgufFile.isGguf(GgufTestFiles.path("blocks.gguf"))).isTrue();
        assertThat(catchThrowableOfType(GgufException.class, () -> GgufFile.open(directory.resolve("absent")))
                        .code())
                .isEqualTo(UNREADABLE);
    }
}
