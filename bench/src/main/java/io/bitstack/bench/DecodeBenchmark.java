package io.bitstack.bench;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.encode.Step;
import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Prints how many tokens a second one sequence decodes at and is prefilled at, on one thread and on two, and what a decode step
 * allocates.
 *
 * <p>Arguments: model directory (demo/model), calibration text (demo/text/calibration.txt): that model dense and compressed, with
 * every matrix at 2 (or the lowest), 4, 6 and 8 levels. Or {@code --stack DIRECTORY BYTES,…}: a stack as blobs and manifest.json in a
 * directory, as {@code bitstack eval --keep} leaves it, its longest prefixes of so many bytes, base included; then {@code THREADS,…} (1,2) and rounds (6).
 */
public final class DecodeBenchmark {
    private static final int ROUNDS = 6;

    private final String[] threads;
    private final int rounds;

    private DecodeBenchmark(String threads, int rounds) {
        this.threads = threads.split(",", -1);
        this.rounds = rounds;
    }

    public static void main(String[] args) throws IOException {
        if (args.length > 0 && args[0].equals("--stack")) {
            if (args.length < 3) {
                System.err.println("usage: DecodeBenchmark --stack DIRECTORY BYTES,… [THREADS,… [ROUNDS]]");
                System.exit(2);
            }
            int rounds = args.length > 4 ? Integer.parseInt(args[4]) : ROUNDS;
            new DecodeBenchmark(args.length > 3 ? args[3] : "1,2", rounds).stored(Path.of(args[1]), args[2]);
        } else {
            Path model = Path.of(args.length > 0 ? args[0] : "demo/model");
            Path calibration = Path.of(args.length > 1 ? args[1] : "demo/text/calibration.txt");
            new DecodeBenchmark("1,2", ROUNDS).compressed(model, calibration);
        }
    }

    private void stored(Path directory, String budgets) throws IOException {
        StackManifest manifest = ManifestJson.read(Files.readAllBytes(directory.resolve("manifest.json")));
        StackWeights stack = StackWeights.open(
                manifest,
                Codecs.byName(manifest.codec().name()),
                new StoredBlobs(new FileBlobStore(directory.resolve("blobs"))));
        StackPlanner planner = new StackPlanner(manifest);
        header();
        for (String budget : budgets.split(",", -1)) {
            int blocks = planner.prefixWithin(Long.parseLong(budget));
            ModelWeights weights = stack.atPrefix(blocks);
            String what = String.format(
                    Locale.ROOT, "%.1f MB, %.2f bpw", planner.storedBytes(blocks) / 1e6, planner.bpw(blocks));
            for (String count : threads) {
                row(what, stack.config(), weights, Integer.parseInt(count));
            }
        }
    }

    private void compressed(Path model, Path calibration) throws IOException {
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
            header();
            for (String count : threads) {
                row("dense", config, dense, Integer.parseInt(count));
                for (int level : List.of(2, 4, 6, 8)) {
                    int[] levels = new int[manifest.matrices().size()];
                    Arrays.fill(levels, level);
                    row("level " + level, config, stack.atLevels(levels), Integer.parseInt(count));
                }
            }
        }
    }

    private static void header() {
        System.out.println("kernels: " + Kernels.active().description());
        System.out.printf(
                "%-20s %8s %16s %16s %20s%n",
                "weights", "threads", "decode tokens/s", "prefill tokens/s", "bytes made per token");
    }

    private void row(String what, ModelConfig config, ModelWeights weights, int count) {
        DecodeSpeed speed = DecodeSpeed.measure(config, weights, count, rounds);
        System.out.printf(
                Locale.ROOT,
                "%-20s %8d %16.1f %16.1f %20d%n",
                what,
                count,
                speed.decodedPerSecond(),
                speed.prefilledPerSecond(),
                speed.allocatedBytesPerToken());
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
