package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.KvPage;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.MemoryModel;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pages that several sequences share. */
class KvCacheTest {
    private static final int PAGE = KvCache.PAGE_TOKENS;

    private static Checkpoint checkpoint;
    private static ModelConfig config;
    private static ModelWeights weights;

    @BeforeAll
    static void open() {
        config = ModelConfig.read(TestModels.demo());
        checkpoint = Checkpoint.open(TestModels.demo());
        weights = ModelWeights.dense(config, checkpoint);
    }

    @AfterAll
    static void close() {
        checkpoint.close();
    }

    private static float[] run(KvCache cache, int[] tokens) {
        return new Transformer(config, RowPool.SINGLE).forward(weights, tokens, cache, LogitsWanted.LAST);
    }

    @Test
    void sharedPagesGiveTheSameLogitsAsOnesOwnToTheLastBit() {
        int[] tokens = TestModels.randomTokens(config, 2 * PAGE + 9, 3);
        KvCache first = new KvCache(config, 300);
        float[] expected = run(first, tokens);
        KvCache second = new KvCache(config, 200);
        second.adopt(first.share());
        second.adopt(first.share());
        assertThat(second.length()).isEqualTo(2 * PAGE);
        assertThat(second.ownBytes()).isZero();
        assertThat(run(second, Arrays.copyOfRange(tokens, 2 * PAGE, tokens.length)))
                .isEqualTo(expected);
        assertThat(second.sharedPages()).isEqualTo(2);
        assertThat(second.ownBytes()).isPositive().isEqualTo(first.ownBytes()).isEqualTo(second.heldBytes() / 3);
    }

    @Test
    void halfPrecisionTakesHalfTheBytesAndChangesLittle() {
        int[] tokens = TestModels.randomTokens(config, PAGE + 20, 9);
        KvCache single = new KvCache(config, 100);
        KvCache half = new KvCache(config, 100, KvPrecision.HALF);
        float[] expected = run(single, tokens);
        float[] actual = run(half, tokens);
        assertThat(half.heldBytes())
                .isEqualTo(single.heldBytes() / 2)
                .isEqualTo(MemoryModel.kvCacheBytes(config.toManifest(), tokens.length));
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(0.02f));
        }
        assertThat(actual).isNotEqualTo(expected);
        assertThatThrownBy(() -> new KvCache(config, 100).adopt(half.share()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void halfsAreBoundedAndNothingIsHidden() {
        KvPage.Half page = new KvPage.Half(new short[4]);
        page.write(new float[] {1e9f, Float.NEGATIVE_INFINITY, Float.NaN, 1 / 3f}, 0, 0, 4);
        assertThat(Float.float16ToFloat(page.elements()[0])).isEqualTo(65504);
        assertThat(Float.float16ToFloat(page.elements()[1])).isEqualTo(-65504);
        assertThat(Float.float16ToFloat(page.elements()[2])).isNaN();
        assertThat(Float.float16ToFloat(page.elements()[3])).isCloseTo(1 / 3f, within(2e-4f));
    }

    @Test
    void writingBehindACutLeavesTheOthersTheirPage() {
        int[] tokens = TestModels.randomTokens(config, PAGE + 1, 4);
        KvCache first = new KvCache(config, 100);
        run(first, Arrays.copyOf(tokens, PAGE));
        KvCache second = new KvCache(config, 100);
        second.adopt(first.share());
        second.truncate(PAGE - 20);
        assertThat(second.sharedPages()).isZero();
        run(second, TestModels.randomTokens(config, 30, 5));
        KvCache untouched = new KvCache(config, 100);
        run(untouched, Arrays.copyOf(tokens, PAGE));
        int[] next = {tokens[PAGE]};
        assertThat(run(first, next)).isEqualTo(run(untouched, next));
    }

    @Test
    void refusesPagesThatCannotFollow() {
        KvCache cache = new KvCache(config, 100);
        run(cache, TestModels.randomTokens(config, PAGE - 1, 6));
        assertThatThrownBy(cache::share).isInstanceOf(IllegalStateException.class);
        run(cache, TestModels.randomTokens(config, 1, 7));
        KvCache.Page page = cache.share();
        assertThatThrownBy(cache::share).isInstanceOf(IllegalStateException.class);
        KvCache begun = new KvCache(config, 100);
        run(begun, TestModels.randomTokens(config, 1, 8));
        assertThatThrownBy(() -> begun.adopt(page)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new KvCache(config, PAGE - 1).adopt(page))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
