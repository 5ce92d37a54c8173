package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that are split over several files, as llama.cpp does it: whole ones are one model, all others are refused by what is wrong. */
class GgufSplitTest {
    @TempDir
    Path directory;

    private List<Path> parts(int count) throws IOException {
        return GgufSplitter.split(GgufTestFiles.path("llama.gguf"), directory, "m", count);
    }

    private void assertRefused(Path file, GgufError code, String... words) {
        GgufException refused = catchThrowableOfType(
                GgufException.class, () -> GgufFile.open(file).close());
        assertThat(refused).as("%s is refused", file).isNotNull();
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused).hasMessageContainingAll(words);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 25})
    void thePartsAreOneModelWhicheverIsNamed(int count) throws IOException {
        List<Path> parts = parts(count);
        try (GgufFile whole = GgufFile.open(GgufTestFiles.path("llama.gguf"))) {
            for (Path part : List.of(parts.getFirst(), parts.get(count / 2), parts.getLast())) {
                try (GgufFile split = GgufFile.open(part)) {
                    assertThat(split.names())
                            .isEqualTo(parts.stream()
                                    .map(path -> path.getFileName().toString())
                                    .toList());
                    assertThat(split.tensors().keySet())
                            .containsExactlyElementsOf(whole.tensors().keySet());
                    assertThat(split.metadata().text("general.architecture"))
                            .isEqualTo(whole.metadata().text("general.architecture"));
                    long sizeBytes = 0;
                    for (Path path : parts) {
                        sizeBytes += Files.size(path);
                    }
                    assertThat(split.sizeBytes()).isEqualTo(sizeBytes);
                    split.tensors()
                            .forEach((name, tensor) -> assertThat(GgufTestFiles.all(split, tensor))
                                    .as(name)
                                    .isEqualTo(GgufTestFiles.all(whole, GgufTestFiles.tensor(whole, name))));
                }
            }
        }
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        List<Path> parts = parts(3);
        Files.delete(parts.get(1));
        assertRefused(parts.getFirst(), SPLIT_FILE, "one of 3 files", "missing", "m-00002-of-00003.gguf");
        assertRefused(parts.getLast(), SPLIT_FILE, "m-00002-of-00003.gguf");
    }

    @Test
    void aPartWithAnotherNameIsRefused() throws IOException {
        List<Path> parts = parts(3);
        assertRefused(
                Files.move(parts.getFirst(), directory.resolve("model.gguf")), SPLIT_FILE, "one of 3", "not called");
        assertRefused(
                Files.move(parts.get(1), directory.resolve("m-00002-of-00004.gguf")),
                SPLIT_FILE,
                "one of 3 files",
                "its name says 4");
    }

    @Test
    void exchangedPartsAreRefused() throws IOException {
        List<Path> parts = parts(3);
        Path aside = Files.move(parts.get(1), directory.resolve("aside"));
        Files.move(parts.get(2), parts.get(1));
        Files.move(aside, parts.get(2));
        assertRefused(parts.getFirst(), SPLIT_FILE, "should be part 2 of 3", "says that it is part 3 of 3");
    }

    @Test
    void partsThatDisagreeOnTheCountAreRefused() throws IOException {
        List<Path> parts = parts(3);
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.copy(
                GgufSplitter.split(GgufTestFiles.path("llama.gguf"), other, "m", 4)
                        .get(1),
                directory.resolve("four"));
        Files.move(directory.resolve("four"), parts.get(1), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertRefused(parts.getFirst(), SPLIT_FILE, "should be part 2 of 3", "part 2 of 4");
    }

    @Test
    void partsOfDifferentModelsAreRefused() throws IOException {
        List<Path> parts = parts(3);
        Path other = Files.createDirectory(directory.resolve("other"));
        List<Path> foreign = GgufSplitter.split(GgufTestFiles.path("qwen2.gguf"), other, "m", 3);
        Files.delete(parts.get(2));
        Files.copy(foreign.get(2), parts.get(2));
        // It has another number of tensors, and says so.
        assertRefused(parts.getFirst(), SPLIT_FILE, "another model", "split.tensors.count");
    }

    @Test
    void aPartThatDescribesAnotherModelIsRefused() throws IOException {
        List<Path> parts = parts(2);
        rewrite(parts.get(1), 1, 2, Map.of("general.name", "first"));
        GgufFile.open(parts.getFirst()).close();
        rewrite(parts.get(1), 1, 2, Map.of("general.architecture", "qwen2"));
        assertRefused(parts.getFirst(), SPLIT_FILE, "another model", "general.architecture");
    }

    /** The second part anew, with entries of its own. */
    private void rewrite(Path part, int number, int count, Map<String, Object> more) throws IOException {
        try (GgufFile whole = GgufFile.open(GgufTestFiles.path("llama.gguf"))) {
            List<GgufTensor> tensors = List.copyOf(whole.tensors().values());
            Map<String, Object> entries = new TreeMap<>(GgufSplitter.numbers(number, count, tensors.size()));
            entries.putAll(more);
            if (more.containsKey("general.name")) {
                // What the first part does not say, another one may.
                assertThat(whole.metadata().has("general.name")).isFalse();
            }
            Files.write(
                    part,
                    GgufSplitter.part(
                            whole, entries, tensors.subList(number * tensors.size() / count, tensors.size())));
        }
    }

    @Test
    void aTensorInTwoPartsIsRefused() throws IOException {
        List<Path> parts = parts(2);
        try (GgufFile whole = GgufFile.open(GgufTestFiles.path("llama.gguf"))) {
            List<GgufTensor> tensors = List.copyOf(whole.tensors().values());
            Files.write(parts.get(1), GgufSplitter.part(whole, GgufSplitter.numbers(1, 2, tensors.size()), tensors));
            assertRefused(
                    parts.getFirst(),
                    SPLIT_FILE,
                    "'" + tensors.getFirst().name() + "'",
                    "both in m-00001-of-00002.gguf and in m-00002-of-00002.gguf");
        }
    }

    @Test
    void tensorsThatAreInNoPartAreMissed() throws IOException {
        List<Path> parts = parts(2);
        try (GgufFile whole = GgufFile.open(GgufTestFiles.path("llama.gguf"))) {
            List<GgufTensor> tensors = List.copyOf(whole.tensors().values());
            int count = tensors.size();
            Files.write(
                    parts.get(1),
                    GgufSplitter.part(whole, GgufSplitter.numbers(1, 2, count), tensors.subList(count / 2 + 1, count)));
            assertRefused(
                    parts.getFirst(), SPLIT_FILE, "hold %d tensors, but they hold %d".formatted(count, count - 1));
        }
    }

    @Test
    void aPartThatIsCutOffIsRefused() throws IOException {
        List<Path> parts = parts(3);
        byte[] whole = Files.readAllBytes(parts.get(1));
        Files.write(parts.get(1), java.util.Arrays.copyOf(whole, whole.length - 64));
        assertRefused(parts.getFirst(), TRUNCATED, "m-00002-of-00003.gguf");
        Files.write(parts.get(1), new byte[0]);
        assertRefused(parts.getFirst(), NOT_GGUF, "m-00002-of-00003.gguf");
    }

    @ParameterizedTest
    @CsvSource({
        "a-00001-of-00003.gguf,3",
        "models/a-b-00003-of-00003.gguf,3",
        "a-00000-of-00003.gguf,0",
        "a-00004-of-00003.gguf,0",
        "a-00001-of-01001.gguf,0",
        "a-1-of-3.gguf,0",
        "a.gguf,0"
    })
    void namesTellWhereTheOthersAre(String name, int count) {
        List<String> all = GgufPartName.of(name).map(GgufPartName::all).orElse(List.of());
        assertThat(all).hasSize(count);
        assertThat(count == 0 || all.contains(name)).isTrue();
    }
}
