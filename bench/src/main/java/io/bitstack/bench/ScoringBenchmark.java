package io.bitstack.bench;

import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.compression.encode.StoredBlocks;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.model.StreamedStack;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.util.Random;

/**
 * Scores one prefix of a stack of Llama 3 8B's exact shapes, whose sign planes are random, as a job measures a point of its curve, and prints how long it took
 * and the most memory that the process had. Arguments: {@code streamed} (blocks are read a layer at a time) or {@code held} (all of them at once), then {@code threads=N} (all),
 * {@code level=N} (4), {@code windows=N} of 256 tokens (4), and {@code layers=N}, {@code hidden=N}, {@code intermediate=N}, {@code vocabulary=N} for another size.
 */
public final class ScoringBenchmark {
    private static final int CONTEXT_TOKENS = 256;

    private ScoringBenchmark() {}

    public static void main(String[] args) throws IOException {
        int threads = Runtime.getRuntime().availableProcessors();
        int level = 4;
        int windows = 4;
        int layers = 32;
        int hidden = 4096;
        int intermediate = 14336;
        int vocabulary = 128_256;
        for (int i = 1; i < args.length; i++) {
            Option option = Option.of(args[i]);
            int value = Integer.parseInt(option.value());
            switch (option.name()) {
                case "threads" -> threads = value;
                case "level" -> level = value;
                case "windows" -> windows = value;
                case "layers" -> layers = value;
                case "hidden" -> hidden = value;
                case "intermediate" -> intermediate = value;
                case "vocabulary" -> vocabulary = value;
                default -> throw new IllegalArgumentException("no option " + option.name());
            }
        }
        boolean held = args.length > 0 && args[0].equals("held");
        String json = """
                {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":%d,"intermediate_size":%d,
                 "num_hidden_layers":%d,"num_attention_heads":%d,"num_key_value_heads":%d,"vocab_size":%d,
                 "max_position_embeddings":8192,"rms_norm_eps":1e-5,"rope_theta":500000.0,"tie_word_embeddings":false,
                 "hidden_act":"silu","bos_token_id":0,"eos_token_id":1}""".formatted(hidden, intermediate, layers, hidden / 128, Math.max(1, hidden / 512), vocabulary);
        try (TemporaryStore temporary = TemporaryStore.create();
                FixedRowPool pool = new FixedRowPool(threads)) {
            StackManifest manifest = RandomStack.write(json, temporary.store());
            int highest = level;
            int blocks = (int) manifest.blocks().stream()
                    .filter(block -> block.level() <= highest)
                    .count();
            int[] tokens = new Random(1)
                    .ints((long) windows * CONTEXT_TOKENS, 0, vocabulary)
                    .toArray();
            Evaluation evaluation =
                    new Evaluation(ModelConfig.parse(json), EvaluationText.of(tokens, CONTEXT_TOKENS, windows), pool);
            long start = System.nanoTime();
            Evaluation.Score score = held
                    ? evaluation.score(
                            StackWeights.open(manifest, Codecs.byName("nested"), new StoredBlobs(temporary.store()))
                                    .atPrefix(blocks),
                            null)
                    : evaluation.score(
                            StreamedStack.open(
                                            manifest,
                                            Codecs.byName("nested"),
                                            new StoredBlobs(temporary.store()),
                                            new StoredBlocks(temporary.store()))
                                    .atPrefix(blocks),
                            null);
            System.out.printf(
                    "%s: %.2f G weights at level %d, blocks of %.2f GB; %d tokens in %.1f s, perplexity %.4g%n",
                    held ? "held" : "streamed",
                    manifest.model().weights() / 1e9,
                    level,
                    manifest.blocks().subList(0, blocks).stream()
                                    .mapToLong(StackManifest.Block::sizeBytes)
                                    .sum()
                            / 1e9,
                    tokens.length,
                    (System.nanoTime() - start) / 1e9,
                    score.perplexity());
            System.out.println(AllowedMemory.used(ModelConfig.parse(json)));
        }
    }
}
