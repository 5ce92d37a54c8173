package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.safetensors.StoredTensor;
import io.bitstack.core.stack.FileBlobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Statistics that stay in memory, and for how long. */
class MatrixTasksTest {
    private static final int INTERMEDIATE = 2112;

    @TempDir
    Path directory;

    /** Normal numbers. */
    private record RandomTensor(String name, List<Integer> shape) implements StoredTensor {
        @Override
        public String source() {
            return "random";
        }

        @Override
        public void read(long first, float[] out, int offset, int count) {
            Random random = new Random(first);
            for (int i = 0; i < count; i++) {
                out[offset + i] = (float) random.nextGaussian();
            }
        }
    }

    private static final ModelConfig CONFIG = ModelConfig.parse("""
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":64,"intermediate_size":%d,
             "num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":2,"vocab_size":100,
             "max_position_embeddings":512,"rms_norm_eps":1e-5,"rope_theta":10000.0,"tie_word_embeddings":false,
             "hidden_act":"silu","bos_token_id":0,"eos_token_id":1}""".formatted(INTERMEDIATE));

    private static MatrixSpec matrix(String part) {
        return CONFIG.matrices().stream()
                .filter(matrix -> matrix.name().contains(part))
                .findFirst()
                .orElseThrow();
    }

    private MatrixTasks tasks(Checkpoint checkpoint) throws IOException {
        CodecParameters parameters = new CodecParameters("nested", Map.of("levels", "3", "descentPasses", "0"));
        FileBlobStore store = new FileBlobStore(directory);
        Cores cores = new Cores(1);
        PartEncoder encoder = new PartEncoder(
                parameters.encoder(new PlainLinearAlgebra(), cores),
                parameters.values(),
                PartMemory.none(),
                store,
                cores);
        return new MatrixTasks(CONFIG, checkpoint, encoder, parameters, store, cores);
    }

    private static Checkpoint checkpoint() {
        return Checkpoint.of(
                "random",
                CONFIG.matrices().stream()
                        .map(matrix -> new RandomTensor(matrix.name(), List.of(matrix.rows(), matrix.columns())))
                        .toList(),
                0,
                () -> {});
    }

    private static TaskBoard.Task task(MatrixTasks tasks, MatrixSpec matrix) {
        int number = 0;
        while (!tasks.sources().get(number).tensor().equals(matrix)) {
            number++;
        }
        return new TaskBoard.Task(TaskKind.ENCODE, number, 0, matrix.input(), 1, "");
    }

    @Test
    void smallStatisticsAreHeldAndLargeOnesOnlyForTheOneMatrixThatNeedsThem() throws IOException {
        try (Checkpoint checkpoint = checkpoint()) {
            MatrixTasks tasks = tasks(checkpoint);
            InputStatistics large = InputStatistics.white(INTERMEDIATE);
            assertThat(tasks.isHeld(matrix("gate_proj").input(), InputStatistics.white(64)))
                    .isTrue();
            assertThat(tasks.isHeld(matrix("gate_proj").input(), large)).isFalse();
            assertThat(tasks.isHeld(matrix("down_proj").input(), large)).isTrue();
        }
    }

    @Test
    void whatOneMatrixNeedsIsGivenUpOnceItIsBegun() throws IOException {
        try (Checkpoint checkpoint = checkpoint()) {
            MatrixTasks tasks = tasks(checkpoint);
            MatrixSpec down = matrix("down_proj");
            MatrixSpec gate = matrix("gate_proj");
            tasks.hold(
                    Map.of(down.input(), InputStatistics.white(INTERMEDIATE), gate.input(), InputStatistics.white(64)));
            assertThat(PartText.Encoded.read(tasks.run(task(tasks, down)).store())
                            .reused())
                    .isFalse();
            tasks.release(false);
            tasks.run(task(tasks, gate)).store();
            tasks.release(false);
            tasks.run(task(tasks, gate)).store();
            assertThatThrownBy(() -> tasks.run(task(tasks, down)))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("a new attempt calibrates again");
        }
    }
}
