package io.bitstack.bench;

import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsSink;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.ReferenceLogits;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.KvPrecision;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Prints what keeping keys and values in single precision, in half and in one byte costs: bytes of a context, quality on a text beside the
 * same weights with single precision, and how fast a sequence decodes behind a long context.
 *
 * <p>Arguments: MODEL_DIRECTORY TEXT STACK_DIRECTORY BYTES [WINDOWS (8) [CONTEXT_TOKENS (512) [THREADS (1)]]]: the model's own weights, then the
 * stack's longest prefix of so many bytes. The tokenizer is the model's.
 */
public final class KvCacheBenchmark {
    private static final int DECODED_TOKENS = 64;
    private static final int ROUNDS = 3;

    private final Tokenizer tokenizer;
    private final String text;
    private final int windows;
    private final int contextTokens;
    private final int threads;

    private KvCacheBenchmark(Tokenizer tokenizer, String text, int windows, int contextTokens, int threads) {
        this.tokenizer = tokenizer;
        this.text = text;
        this.windows = windows;
        this.contextTokens = contextTokens;
        this.threads = threads;
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 4) {
            System.err.println("usage: KvCacheBenchmark MODEL TEXT STACK BYTES [WINDOWS [CONTEXT_TOKENS [THREADS]]]");
            System.exit(2);
        }
        Path model = Path.of(args[0]);
        KvCacheBenchmark benchmark = new KvCacheBenchmark(
                Tokenizer.read(model),
                Files.readString(Path.of(args[1])),
                args.length > 4 ? Integer.parseInt(args[4]) : 8,
                args.length > 5 ? Integer.parseInt(args[5]) : 512,
                args.length > 6 ? Integer.parseInt(args[6]) : 1);
        System.out.println("kernels: " + Kernels.active().description());
        System.out.printf(
                "%-24s %8s %14s %12s %14s %12s %12s%n",
                "weights", "KV", "bytes/token", "perplexity", "KL to single", "top changed", "tokens/s");
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            ModelConfig config = ModelConfig.read(model);
            benchmark.rows("dense", config, ModelWeights.dense(config, checkpoint), null);
        }
        Path directory = Path.of(args[2]);
        StackManifest manifest = ManifestJson.read(Files.readAllBytes(directory.resolve("manifest.json")));
        StackWeights stack = StackWeights.open(
                manifest,
                Codecs.byName(manifest.codec().name()),
                new StoredBlobs(new FileBlobStore(directory.resolve("blobs"))));
        StackPlanner planner = new StackPlanner(manifest);
        int blocks = planner.prefixWithin(Long.parseLong(args[3]));
        String what =
                String.format(Locale.ROOT, "%.1f MB, %.2f bpw", planner.storedBytes(blocks) / 1e6, planner.bpw(blocks));
        benchmark.rows(what, stack.config(), stack.forManyTokens(blocks), stack.atPrefix(blocks));
    }

    /** @param decoding what tokens are decoded with one by one; null leaves that out */
    private void rows(String what, ModelConfig config, ModelWeights scoring, @Nullable ModelWeights decoding) {
        EvaluationText evaluated =
                EvaluationText.spread(tokenizer.encode(text, false), contextTokens, windows, token -> 1);
        try (FixedRowPool pool = new FixedRowPool(threads)) {
            ReferenceLogits single = new Evaluation(config, evaluated, pool).reference(scoring);
            for (KvPrecision precision : new KvPrecision[] {KvPrecision.SINGLE, KvPrecision.HALF, KvPrecision.INT8}) {
                Evaluation.Score score = new Evaluation(config, evaluated, pool, precision).score(scoring, single);
                System.out.printf(
                        Locale.ROOT,
                        "%-24s %8s %14d %12.4f %14.2e %12.4f %12s%n",
                        what,
                        precision.wire(),
                        MemoryModel.kvCacheBytes(config.toManifest(), MemoryModel.PAGE_TOKENS, precision)
                                / MemoryModel.PAGE_TOKENS,
                        score.perplexity(),
                        score.klDivergence(),
                        score.topTokenChanged(),
                        decoding == null
                                ? "-"
                                : String.format(Locale.ROOT, "%.1f", decodeRate(config, decoding, pool, precision)));
            }
        }
    }

    /** Tokens a second behind a context of {@code contextTokens}: the best of some rounds, after one to warm up. */
    private double decodeRate(ModelConfig config, ModelWeights weights, FixedRowPool pool, KvPrecision precision) {
        LogitsSink unused = (first, tokens, logits) -> {};
        Transformer transformer = new Transformer(config, pool);
        int[] prompt = new int[contextTokens];
        Arrays.setAll(prompt, t -> (7919 * t + 5) % config.vocabularySize());
        double best = 0;
        for (int round = 0; round <= ROUNDS; round++) {
            KvCache cache = new KvCache(config, contextTokens + DECODED_TOKENS, precision);
            transformer.forward(weights, prompt, cache, LogitsWanted.LAST);
            int[] token = {5};
            long start = System.nanoTime();
            for (int t = 0; t < DECODED_TOKENS; t++) {
                transformer.forward(weights, token, cache, unused);
            }
            double rate = DECODED_TOKENS * 1e9 / (System.nanoTime() - start);
            best = round == 0 ? 0 : Math.max(best, rate);
        }
        return best;
    }
}
