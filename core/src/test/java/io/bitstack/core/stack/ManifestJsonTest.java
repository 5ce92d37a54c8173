package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestJsonTest {
    private static final Digest SOME = Digest.of(new byte[] {1});

    /** Two 64 × 64 matrices of start 2 and 3 levels; blocks of 1024 and 512 bytes. */
    static StackManifest manifest() {
        return new StackManifest(
                StackManifest.FORMAT,
                new StackManifest.Model("LlamaForCausalLM", 8192, 1, 64, 64, 2, 2, 32, 100, 128),
                new StackManifest.Codec("nested", Map.of("start", "2", "levels", "3")),
                List.of(new StackManifest.File("config.json", SOME, 10)),
                new Descriptor(SOME, 100),
                List.of(new StackManifest.Input("layers.0.attn", 64, SOME, 50)),
                List.of(
                        new StackManifest.Matrix("a", 64, 64, 0, 2, 3, SOME, 20),
                        new StackManifest.Matrix("b", 64, 64, 0, 2, 3, SOME, 30)),
                List.of(
                        new StackManifest.Block(0, 2, SOME, 1024, 0),
                        new StackManifest.Block(1, 2, SOME, 1024, 0),
                        new StackManifest.Block(1, 3, SOME, 512, 0.5),
                        new StackManifest.Block(0, 3, SOME, 512, 0.25)),
                2,
                List.of(
                        new StackManifest.CurvePoint(2, 2248, 2.2, 100, 1),
                        new StackManifest.CurvePoint(4, 3272, 3.2, 25, 0.5)),
                new StackManifest.Reference(16384, 20, 1000),
                new StackManifest.Lineage(SOME, null, null, "test", Map.of()));
    }

    @Test
    void canonicalBytesComeBackAndAreStable() {
        byte[] json = ManifestJson.write(manifest());
        StackManifest read = ManifestJson.read(json);
        assertThat(read).isEqualTo(manifest());
        assertThat(ManifestJson.write(read)).isEqualTo(json);
        assertThat(new String(json, StandardCharsets.UTF_8))
                .startsWith("{\"blocks\":[{\"digest\":\"sha256:")
                .doesNotContain(" ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"format\":\"bitstack/1\"|\"format\":\"bitstack/9\"|format",
                "\"minimalBlocks\":2|\"minimalBlocks\":3|minimal prefix",
                "\"minimalBlocks\":2|\"minimalBlocks\":1|minimal prefix",
                "\"level\":3,\"matrix\":1|\"level\":2,\"matrix\":1|level 3 is next",
                "\"level\":3,\"matrix\":1|\"level\":3,\"matrix\":7|matrix 7",
                "\"weights\":8192|\"weights\":8193|weights",
                "config.json|../passwd|plain file name",
                "\"perplexity\":100.0|\"perplexity\":-1.0|measurement",
                "\"input\":0,\"levels\"|\"input\":4,\"levels\"|input 4",
                "\"sizeBytes\":1024|\"sizeBytes\":0|0 bytes",
                "sha256:|sha512:|not a digest",
                "\"name\":\"nested\"|\"name\":null|name",
                "\"architecture\":\"LlamaForCausalLM\"|\"architectures\":\"LlamaForCausalLM\"|architecture",
                "\"minimalBlocks\":2|\"minimalBlocks\":2,\"surprise\":1|surprise",
                "\"minimalBlocks\":2|\"minimalBlocks\":2,\"minimalBlocks\":2|Duplicate",
                "\"minimalBlocks\":2|\"minimalBlocks\":2.5|cannot be read",
                "\"minimalBlocks\":2|\"minimalBlocks\":\"2\"|cannot be read",
                "\"gain\":0.25|\"gain\":\"NaN\"|not finite",
                "\"sizeBytes\":1024|\"sizeBytes\":9000000000000000000|block 0 has 9000000000000000000 bytes",
                "\"layers\":1,|\"layers\":0,|number below 1",
                "\"rows\":64|\"rows\":2000000000|more weights"
            })
    void hostileManifestsAreRefused(String from, String to, String reason) {
        String json = new String(ManifestJson.write(manifest()), StandardCharsets.UTF_8);
        assertThat(json).contains(from);
        assertThatThrownBy(() -> ManifestJson.read(json.replace(from, to).getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ManifestException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void numbersAndStringsAreWrittenAsTheFormatSays() {
        StackManifest base = manifest();
        StackManifest manifest = new StackManifest(
                base.format(),
                base.model(),
                new StackManifest.Codec("nested", Map.of("b", "1/2 \"\\\n\u001f", "a", "é \ud83d\ude00")),
                base.files(),
                base.tensors(),
                base.inputs(),
                base.matrices(),
                base.blocks(),
                base.minimalBlocks(),
                List.of(new StackManifest.CurvePoint(2, 2248, 0.0001, 1.5e8, 100)),
                null,
                base.lineage());
        assertThat(new String(ManifestJson.write(manifest), StandardCharsets.UTF_8))
                .contains("\"parameters\":{\"a\":\"é \ud83d\ude00\",\"b\":\"1/2 \\\"\\\\\\n\\u001F\"}")
                .contains(
                        "{\"blocks\":2,\"bpw\":1.0E-4,\"klDivergence\":100.0,\"perplexity\":1.5E8,\"sizeBytes\":2248}")
                .contains("\"full\":null");
    }

    @Test
    void truncatedJsonIsRefused() {
        byte[] json = ManifestJson.write(manifest());
        for (int length = 0; length < json.length; length += 97) {
            byte[] cut = Arrays.copyOf(json, length);
            assertThatThrownBy(() -> ManifestJson.read(cut)).isInstanceOf(ManifestException.class);
        }
    }
}
