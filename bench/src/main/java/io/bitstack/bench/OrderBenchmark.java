package io.bitstack.bench;

import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What the order of a stack is worth: its KL divergence against that of every matrix at the same level, at equal bytes; and whether it ever rises along
 * the order. Arguments: stack directory as {@code bitstack eval --keep} leaves it, model directory, text, then windows (6), tokens of a
 * window (512), prefixes along the order (16).
 */
public final class OrderBenchmark {
    private static final int THREADS = Runtime.getRuntime().availableProcessors();
    private static final int LOWEST_LEVEL = 3;
    private static final int HIGHEST_LEVEL = 6;

    private OrderBenchmark() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println("usage: OrderBenchmark STACK MODEL TEXT [WINDOWS [CONTEXT [PREFIXES]]]");
            System.exit(2);
        }
        Path directory = Path.of(args[0]);
        Path model = Path.of(args[1]);
        int windows = args.length > 3 ? Integer.parseInt(args[3]) : 6;
        int context = args.length > 4 ? Integer.parseInt(args[4]) : 512;
        int prefixes = args.length > 5 ? Integer.parseInt(args[5]) : 16;
        StackManifest manifest = ManifestJson.read(Files.readAllBytes(directory.resolve("manifest.json")));
        StackWeights stack = StackWeights.open(
                manifest,
                Codecs.byName(manifest.codec().name()),
                new StoredBlobs(new FileBlobStore(directory.resolve("blobs"))));
        StackPlanner planner = new StackPlanner(manifest);
        ModelConfig config = ModelConfig.read(model);
        Tokenizer tokenizer = Tokenizer.read(model);
        String text = Files.readString(Path.of(args[2]), StandardCharsets.UTF_8);
        try (Checkpoint checkpoint = Checkpoint.open(model);
                FixedRowPool pool = new FixedRowPool(THREADS)) {
            ModelWeights dense = ModelWeights.denseDecoded(config, checkpoint);
            Evaluation evaluation = new Evaluation(
                    config,
                    EvaluationText.spread(tokenizer.encode(text, false), context, windows, tokenizer::sizeBytes),
                    pool);
            Evaluation.Full full = evaluation.full(dense);

            System.out.println("| all at level | MB | KL divergence | order, MB | KL divergence | ratio |");
            System.out.println("|---|---|---|---|---|---|");
            for (int level = LOWEST_LEVEL; level <= HIGHEST_LEVEL; level++) {
                int[] levels = new int[manifest.matrices().size()];
                long sizeBytes = manifest.baseBytes();
                for (int m = 0; m < levels.length; m++) {
                    StackManifest.Matrix matrix = manifest.matrices().get(m);
                    levels[m] = Math.clamp(level, matrix.startLevel(), matrix.levels());
                }
                for (StackManifest.Block block : manifest.blocks()) {
                    sizeBytes += block.level() <= levels[block.matrix()] ? block.sizeBytes() : 0;
                }
                int blocks = planner.prefixWithin(sizeBytes);
                double uniform = evaluation
                        .score(dense.withDecoded(stack.decodedAt(levels)), full.logits())
                        .klDivergence();
                double ordered = evaluation
                        .score(stack.forManyTokens(blocks), full.logits())
                        .klDivergence();
                System.out.printf(
                        Locale.ROOT,
                        "| %d | %.1f | %.4f | %.1f | %.4f | %.2f |%n",
                        level,
                        sizeBytes / 1e6,
                        uniform,
                        planner.storedBytes(blocks) / 1e6,
                        ordered,
                        ordered / uniform);
            }

            System.out.println();
            System.out.println("| blocks | MB | KL divergence | over the least before |");
            System.out.println("|---|---|---|---|");
            int least = manifest.minimalBlocks();
            int most = manifest.blocks().size();
            double lowest = Double.POSITIVE_INFINITY;
            for (int p = 0; p < prefixes; p++) {
                int blocks = least + (int) ((long) (most - least) * p / Math.max(1, prefixes - 1));
                double kl = evaluation
                        .score(stack.forManyTokens(blocks), full.logits())
                        .klDivergence();
                System.out.printf(
                        Locale.ROOT,
                        "| %d | %.1f | %.5f | %.3f |%n",
                        blocks,
                        planner.storedBytes(blocks) / 1e6,
                        kl,
                        kl / lowest);
                lowest = Math.min(lowest, kl);
            }
        }
    }
}
