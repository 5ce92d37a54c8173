package io.bitstack.core.safetensors;

import static io.bitstack.core.safetensors.SafetensorsError.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.core.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
    @TempDir
    private Path directory;

    private void shard(String file, String... tensors) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String tensor : tensors) {
            writer.add(tensor, DType.BF16, List.of(2, 2), new float[] {1, 2, 3, 4});
        }
        Files.write(directory.resolve(file), writer.toBytes());
    }

    private void index(String weightMap) throws IOException {
        Files.writeString(
                directory.resolve("model.safetensors.index.json"),
                "{'metadata':{},'weight_map':%s}".formatted(weightMap).replace('\'', '"'));
    }

    private void assertRefused(SafetensorsError code, String... words) {
        SafetensorsException e = catchThrowableOfType(SafetensorsException.class, () -> Checkpoint.open(directory));
        assertThat(e).as("must be refused as %s", code).isNotNull();
        assertThat(e.code()).isEqualTo(code);
        assertThat(e).hasMessageContainingAll(words);
    }

    @Test
    void readsShardsThroughTheIndex() throws IOException {
        shard("model-1.safetensors", "a", "b");
        shard("model-2.safetensors", "c");
        index("{'a':'model-1.safetensors','b':'model-1.safetensors','c':'model-2.safetensors'}");
        try (Checkpoint checkpoint = Checkpoint.open(directory)) {
            assertThat(checkpoint.names()).containsExactly("a", "b", "c");
            assertThat(checkpoint.matrix("c", 2, 2).data()).containsExactly(1, 2, 3, 4);
            assertThat(checkpoint.tensor("c").source()).isEqualTo("model-2.safetensors");
            assertThat(catchThrowableOfType(SafetensorsException.class, () -> checkpoint.matrix("c", 4, 1))
                            .code())
                    .isEqualTo(SHAPE_MISMATCH);
            assertThat(catchThrowableOfType(SafetensorsException.class, () -> checkpoint.vector("d", 4))
                            .code())
                    .isEqualTo(MISSING_TENSOR);
        }
    }

    @Test
    void refusesWhatTheIndexAndTheShardsDisagreeOn() throws IOException {
        shard("model-1.safetensors", "a", "b");
        index("{'a':'model-1.safetensors','b':'model-2.safetensors'}");
        assertRefused(MISSING_SHARD, "model-2.safetensors");
        shard("model-2.safetensors", "c");
        assertRefused(MISSING_TENSOR, "'b'", "model-2.safetensors");
        shard("model-2.safetensors", "a", "c");
        assertRefused(DUPLICATE_KEY, "'a'");
        shard("model-2.safetensors", "c");
        index("{'a':'model-1.safetensors','c':'model-2.safetensors'}");
        assertRefused(INDEX_INVALID, "'b'");
        index("{'a':'model-1.safetensors','a':'model-1.safetensors'}");
        assertRefused(INDEX_INVALID, "JSON");
    }

    @Test
    void refusesShardNamesThatLeaveTheDirectory() throws IOException {
        for (String name : List.of("../other.safetensors", "/etc/passwd", "sub/x.safetensors", "..", "")) {
            index("{'a':'%s'}".formatted(name));
            assertRefused(UNSAFE_PATH, "index.json");
        }
    }

    @Test
    void saysWhatIsThereInstead() throws IOException {
        assertRefused(NOT_FOUND, "model.safetensors");
        Files.write(directory.resolve("pytorch_model.bin"), new byte[] {(byte) 0x80, 2, 'c', 'o', 's'});
        assertRefused(NOT_SAFETENSORS, "pytorch_model.bin", "pickle");
    }

    @Test
    void refusesAPickleByAnotherName() throws IOException {
        Files.write(
                directory.resolve("model.safetensors"), new byte[] {(byte) 0x80, 2, 'c', 'o', 's', 'y', 's', '.', '.'});
        assertRefused(NOT_SAFETENSORS, "model.safetensors", "pickle");
    }

    @Test
    void refusesAnEmptyFile() throws IOException {
        Files.write(directory.resolve("model.safetensors"), new byte[0]);
        assertRefused(TRUNCATED, "model.safetensors");
    }
}
