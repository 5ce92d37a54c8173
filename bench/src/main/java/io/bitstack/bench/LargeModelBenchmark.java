package io.bitstack.bench;

import io.bitstack.compression.encode.Rehearsal;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.safetensors.StoredTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Encodes decoder layers, the embedding and the head of a model of Llama 3 8B's exact shapes, whose weights are random and made as they are read,
 * and prints M weights/s, the most memory that the process had, what the whole model would take if all layers after the first took as long as the last of these, and a digest of
 * all that was made. Arguments: threads (all), then {@code layers=N} (2: the first one alone pays for memory and compiled code), {@code windows=N} (32), {@code hidden=N} and
 * {@code intermediate=N} for another size, {@code parts=layers} for these alone, and codec parameters, {@code name=value} (start=2 levels=5).
 */
public final class LargeModelBenchmark {
    private static final int CONTEXT_TOKENS = 256;

    private LargeModelBenchmark() {}

    public static void main(String[] args) throws IOException {
        int threads = args.length > 0
                ? Integer.parseInt(args[0])
                : Runtime.getRuntime().availableProcessors();
        Map<String, String> parameters = new TreeMap<>(Map.of("start", "2", "levels", "5"));
        int windowCount = 32;
        int hidden = 4096;
        int intermediate = 14336;
        int vocabulary = 128_256;
        int layers = 2;
        boolean layersAlone = false;
        for (int i = 1; i < args.length; i++) {
            Option option = Option.of(args[i]);
            switch (option.name()) {
                case "windows" -> windowCount = Integer.parseInt(option.value());
                case "hidden" -> hidden = Integer.parseInt(option.value());
                case "intermediate" -> intermediate = Integer.parseInt(option.value());
                case "vocabulary" -> vocabulary = Integer.parseInt(option.value());
                case "layers" -> layers = Integer.parseInt(option.value());
                case "parts" -> layersAlone = layersAlone(option.value());
                default -> parameters.put(option.name(), option.value());
            }
        }
        ModelConfig config = config(hidden, intermediate, vocabulary);
        List<int[]> windows = new ArrayList<>();
        Random random = new Random(1);
        for (int w = 0; w < windowCount; w++) {
            int[] window = new int[CONTEXT_TOKENS];
            Arrays.setAll(window, t -> random.nextInt(config.vocabularySize()));
            windows.add(window);
        }
        try (Checkpoint checkpoint = checkpoint(config);
                TemporaryStore temporary = TemporaryStore.create()) {
            Rehearsal rehearsal =
                    new Rehearsal(config, checkpoint, new Nd4jLinearAlgebra(), parameters, temporary.store(), threads);
            report(config, rehearsal.run(windows, layers, layersAlone), layers, layersAlone);
            System.out.println("all that was encoded: " + rehearsal.digest());
        }
        System.out.printf("%d threads, %s%n", threads, parameters);
        System.out.println(AllowedMemory.used(config));
    }

    private static boolean layersAlone(String parts) {
        return switch (parts) {
            case "all" -> false;
            case "layers" -> true;
            default -> throw new IllegalArgumentException("parts=all or parts=layers, not " + parts);
        };
    }

    private static ModelConfig config(int hidden, int intermediate, int vocabulary) {
        return ModelConfig.parse(
                """
                {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":%d,"intermediate_size":%d,
                 "num_hidden_layers":32,"num_attention_heads":%d,"num_key_value_heads":%d,"vocab_size":%d,
                 "max_position_embeddings":8192,"rms_norm_eps":1e-5,"rope_theta":500000.0,"tie_word_embeddings":false,
                 "hidden_act":"silu","bos_token_id":0,"eos_token_id":1}""".formatted(hidden, intermediate, hidden / 128, Math.max(1, hidden / 512), vocabulary));
    }

    private static void report(ModelConfig config, List<Rehearsal.Part> parts, int layers, boolean layersAlone) {
        for (Rehearsal.Part part : parts) {
            System.out.printf(
                    "%-32s %6.1f M weights: %6.1f s calibration, %7.1f s encoding, %.2f M weights/s%n",
                    part.name(),
                    part.weights() / 1e6,
                    part.calibrationSeconds(),
                    part.encodingSeconds(),
                    part.weights() / 1e6 / (part.calibrationSeconds() + part.encodingSeconds()));
        }
        if (layersAlone) {
            return;
        }
        Rehearsal.Part layer = parts.get(layers - 1);
        long all = config.matrices().stream()
                .mapToLong(LargeModelBenchmark::weights)
                .sum();
        double seconds = (config.layers() - layers) * (layer.calibrationSeconds() + layer.encodingSeconds());
        for (Rehearsal.Part part : parts) {
            seconds += part.calibrationSeconds() + part.encodingSeconds();
        }
        System.out.printf(
                "the whole model, %.2f G weights: %.0f min, %.2f M weights/s%n",
                all / 1e9, seconds / 60, all / 1e6 / seconds);
    }

    private static long weights(MatrixSpec matrix) {
        return (long) matrix.rows() * matrix.columns();
    }

    private static Checkpoint checkpoint(ModelConfig config) {
        List<StoredTensor> tensors = new ArrayList<>();
        for (MatrixSpec matrix : config.matrices()) {
            tensors.add(new RandomTensor(
                    matrix.name(), List.of(matrix.rows(), matrix.columns()), 1 / Math.sqrt(matrix.columns())));
        }
        for (VectorSpec vector : config.vectors()) {
            tensors.add(new RandomTensor(vector.name(), List.of(vector.length()), 0));
        }
        return Checkpoint.of("random", tensors, 0, () -> {});
    }

    /**
     * Numbers that depend on their place alone: normal, each run of them from somewhere in a table, so that to make them takes no longer than to read
     * them from a file would; or ones.
     *
     * @param deviation 0: ones
     */
    private record RandomTensor(String name, List<Integer> shape, double deviation) implements StoredTensor {
        private static final int RUN = 512;
        private static final float[] NORMAL = new float[(1 << 20) + RUN];

        static {
            Random random = new Random(1);
            for (int i = 0; i < NORMAL.length; i++) {
                NORMAL[i] = (float) random.nextGaussian();
            }
        }

        @Override
        public String source() {
            return "random weights";
        }

        @Override
        public void read(long first, float[] out, int offset, int count) {
            if (deviation == 0) {
                Arrays.fill(out, offset, offset + count, 1);
                return;
            }
            int some;
            for (int i = 0; i < count; i += some) {
                int place = (int) ((first + i) % RUN);
                some = Math.min(count - i, RUN - place);
                copy(start((first + i) / RUN) + place, out, offset + i, some);
            }
        }

        private void copy(int from, float[] out, int offset, int count) {
            float scale = (float) deviation;
            for (int i = 0; i < count; i++) {
                out[offset + i] = NORMAL[from + i] * scale;
            }
        }

        /** Where in the table a run begins. */
        private int start(long run) {
            long z = (run + 1 + name.hashCode()) * 0x9E3779B97F4A7C15L;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            return (int) ((z ^ (z >>> 31)) & (NORMAL.length - RUN - 1));
        }
    }
}
