package io.bitstack.bench;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.encode.Step;
import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Prints how many tokens a second one sequence decodes at, with every matrix at 2 (or the lowest), 4, 6 and 8 levels and dense,
 * on one thread and on two. Arguments: model directory (demo/model), calibration text (demo/text/calibration.txt).
 */
public final class DecodeBenchmark {
    private static final int TOKENS = 200;
    private static final int ROUNDS = 6;

    private DecodeBenchmark() {}

    public static void main(String[] args) throws IOException {
        Path model = Path.of(args.length > 0 ? args[0] : "demo/model");
        Path calibration = Path.of(args.length > 1 ? args[1] : "demo/text/calibration.txt");
        try (TemporaryStore temporary = TemporaryStore.create();
                Checkpoint checkpoint = Checkpoint.open(model)) {
            // Speed does not depend on the values: little calibration and no measuring.
            CompressionRequest request = new CompressionRequest(
                    model,
                    CompressionRequest.DEFAULT_CODEC,
                    Map.of("start", "2", "calibrationWindows", "2", "evaluationWindows", "1"),
                    Files.readString(calibration, StandardCharsets.UTF_8),
                    null,
                    CompressionRequest.DEFAULT_CONTEXT_TOKENS,
                    OrderMode.PROXY);
            StackManifest manifest = new StackCompressor(new Nd4jLinearAlgebra(), 2)
                    .compress(request, temporary.store(), new Quiet(), () -> false);
            ModelConfig config = ModelConfig.read(model);
            ModelWeights dense = ModelWeights.dense(config, checkpoint);
            StackWeights stack =
                    StackWeights.open(manifest, Codecs.byName(request.codec()), new StoredBlobs(temporary.store()));
            System.out.printf("%-8s %14s %12s %14s%n", "threads", "weights", "tokens/s", "times dense");
            for (int threads : new int[] {1, 2}) {
                double full = tokensPerSecond(config, dense, threads);
                System.out.printf("%-8d %14s %12.1f %14.2f%n", threads, "dense", full, 1.0);
                for (int level : new int[] {2, 4, 6, 8}) {
                    int[] levels = new int[manifest.matrices().size()];
                    Arrays.fill(levels, level);
                    double speed = tokensPerSecond(config, stack.atLevels(levels), threads);
                    System.out.printf("%-8d %14s %12.1f %14.2f%n", threads, "level " + level, speed, speed / full);
                }
            }
        }
    }

    /** The best of some rounds, each on an empty cache, after one to warm up. */
    private static double tokensPerSecond(ModelConfig config, ModelWeights weights, int threads) {
        try (FixedRowPool pool = new FixedRowPool(threads)) {
            Transformer transformer = new Transformer(config, pool);
            double best = 0;
            for (int round = 0; round <= ROUNDS; round++) {
                KvCache cache = new KvCache(config, TOKENS);
                long start = System.nanoTime();
                for (int t = 0; t < TOKENS; t++) {
                    transformer.forward(
                            weights, new int[] {(7 * t + 5) % config.vocabularySize()}, cache, LogitsWanted.LAST);
                }
                double speed = TOKENS * 1e9 / (System.nanoTime() - start);
                best = round == 0 ? best : Math.max(best, speed);
            }
            return best;
        }
    }

    private static final class Quiet implements Progress {
        @Override
        public void step(Step step) {}

        @Override
        public void matrices(int done, int total, String matrix, double error) {}

        @Override
        public void bytes(long written) {}
    }
}
