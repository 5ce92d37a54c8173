package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small models of each family with random weights, from their stack alone: config.json in it says how the forward pass goes. */
class FamilyStackTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "LlamaForCausalLM   | llama   | \"rope_scaling\":null",
                "LlamaForCausalLM   | llama   | \"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":4}",
                "LlamaForCausalLM   | llama   | \"rope_scaling\":{\"rope_type\":\"dynamic\",\"factor\":4}",
                "LlamaForCausalLM   | llama   | \"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,\"original_max_position_embeddings\":16}",
                "LlamaForCausalLM   | llama   | \"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":4,\"original_max_position_embeddings\":16}",
                "MistralForCausalLM | mistral | \"sliding_window\":8",
                "Qwen2ForCausalLM   | qwen2   | \"use_sliding_window\":true,\"sliding_window\":8,\"max_window_layers\":1",
                "Qwen3ForCausalLM   | qwen3   | \"head_dim\":32,\"tie_word_embeddings\":true",
            })
    void runsFromItsStack(String architecture, String type, String more) {
        String json = """
                {"architectures":["%s"],"model_type":"%s","hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,
                 "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,"max_position_embeddings":32,%s}""".formatted(architecture, type, more);
        TestStack stack = TestStack.random(json, Map.of());
        StackWeights opened = StackWeights.open(stack.manifest(), Codecs.byName("nested"), stack);
        assertThat(opened.config()).isEqualTo(ModelConfig.parse(json));
        int context = Math.min(opened.config().contextTokens(), 96);
        int[] tokens = TestModels.randomTokens(opened.config(), context, 3);
        float[] full = run(opened.config(), stack.full(), tokens, context);
        double coarse = distance(
                full, run(opened.config(), opened.atPrefix(stack.manifest().minimalBlocks()), tokens, context));
        ModelWeights whole = opened.atPrefix(stack.manifest().blocks().size());
        assertThat(distance(full, run(opened.config(), whole, tokens, context)))
                .isLessThan(0.1)
                .isLessThan(coarse / 4);

        // One token at a time into a cache of the same room gives what the whole text at once does, but for the
        // rounding of activations
        // that kernels may do for few tokens.
        float[] atOnce = run(opened.config(), whole, tokens, context);
        KvCache cache = new KvCache(opened.config(), context);
        Transformer transformer = new Transformer(opened.config(), RowPool.SINGLE);
        float[] last = {};
        for (int token : tokens) {
            last = transformer.forward(whole, new int[] {token}, cache, LogitsWanted.LAST);
        }
        for (int i = 0; i < last.length; i++) {
            assertThat(last[i]).isCloseTo(atOnce[(context - 1) * last.length + i], within(1.5e-1f));
        }
    }

    private static float[] run(ModelConfig config, ModelWeights weights, int[] tokens, int capacityTokens) {
        return new Transformer(config, RowPool.SINGLE)
                .forward(weights, tokens, new KvCache(config, capacityTokens), LogitsWanted.ALL);
    }

    /** The size of the difference, as a share of the size of the first. */
    private static double distance(float[] expected, float[] actual) {
        assertThat(actual).hasSameSizeAs(expected);
        double[] squares = new double[2];
        for (int i = 0; i < actual.length; i++) {
            squares[0] += Math.pow((double) expected[i] - actual[i], 2);
            squares[1] += Math.pow(expected[i], 2);
        }
        assertThat(Arrays.stream(squares).allMatch(Double::isFinite)).isTrue();
        return Math.sqrt(squares[0] / squares[1]);
    }
}
