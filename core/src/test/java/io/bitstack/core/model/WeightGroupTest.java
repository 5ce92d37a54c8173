package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Matrices multiplied together give what each gives alone, to the last bit. */
class WeightGroupTest {
    private static final TestStack STACK = TestStack.random("""
            {"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
             "num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
             "max_position_embeddings":128,"tie_word_embeddings":false}""", Map.of());

    private static float[] gaussians(int count) {
        Random random = new Random(5);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static void assertSameAsAlone(WeightMatrix[] matrices, int tokens, RowPool pool) {
        float[] x = gaussians(tokens * matrices[0].columns());
        float[][] together = new float[matrices.length][];
        for (int i = 0; i < matrices.length; i++) {
            together[i] = new float[tokens * matrices[i].rows()];
        }
        WeightGroup.of(matrices).multiply(new SharedInput().set(x, tokens), together, pool);
        for (int i = 0; i < matrices.length; i++) {
            float[] alone = new float[together[i].length];
            matrices[i].multiply(new SharedInput().set(x, tokens), alone, RowPool.SINGLE);
            assertThat(together[i]).as("matrix %d".formatted(i)).isEqualTo(alone);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 64})
    void ofAStack(int tokens) {
        StackManifest manifest = STACK.manifest();
        ModelWeights weights =
                StackWeights.open(manifest, Codecs.byName("nested"), STACK).atPrefix(manifest.minimalBlocks() + 2);
        WeightMatrix[] qkv = {
            weights.matrix("model.layers.0.self_attn.q_proj.weight"),
            weights.matrix("model.layers.0.self_attn.k_proj.weight"),
            weights.matrix("model.layers.0.self_attn.v_proj.weight")
        };
        try (FixedRowPool pool = new FixedRowPool(3)) {
            assertSameAsAlone(qkv, tokens, pool);
            assertSameAsAlone(qkv, tokens, RowPool.SINGLE);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64})
    void ofOtherMatrices(int tokens) {
        WeightMatrix[] dense = new WeightMatrix[2];
        Arrays.setAll(dense, i -> new FloatWeight(new FloatMatrix(7 + i, 13, gaussians((7 + i) * 13))));
        assertSameAsAlone(dense, tokens, RowPool.SINGLE);
    }
}
