package io.bitstack.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bitstack.core.kernel.KvPage;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.KvPrecision;
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
    void bytesTakeALittleMoreThanHalfOfThatAndChangeMore() {
        int[] tokens = TestModels.randomTokens(config, PAGE + 20, 9);
        KvCache single = new KvCache(config, 100);
        KvCache bytes = new KvCache(config, 100, KvPrecision.INT8);
        float[] expected = run(single, tokens);
        float[] actual = run(bytes, tokens);
        assertThat(bytes.heldBytes())
                .isEqualTo(single.heldBytes() * (config.headSize() + Float.BYTES) / (4L * config.headSize()))
                .isEqualTo(MemoryModel.kvCacheBytes(config.toManifest(), tokens.length, KvPrecision.INT8));
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(0.25f));
        }
        assertThat(actual).isNotEqualTo(expected);
        assertThatThrownBy(() -> new KvCache(config, 100, KvPrecision.HALF).adopt(bytes.share()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bytesAreSharedAndCutLikeOthers() {
        int[] tokens = TestModels.randomTokens(config, 2 * PAGE + 9, 3);
        KvCache first = new KvCache(config, 300, KvPrecision.INT8);
        float[] expected = run(first, tokens);
        KvCache second = new KvCache(config, 200, KvPrecision.INT8);
        KvCache.Page page = first.share();
        assertThat(page.heldBytes()).isEqualTo(first.heldBytes() / 3);
        second.adopt(page);
        second.adopt(first.share());
        assertThat(run(second, Arrays.copyOfRange(tokens, 2 * PAGE, tokens.length)))
                .isEqualTo(expected);
        second.truncate(PAGE / 2);
        run(second, TestModels.randomTokens(config, PAGE, 5));
        first.truncate(2 * PAGE);
        assertThat(run(first, Arrays.copyOfRange(tokens, 2 * PAGE, tokens.length)))
                .as("what others wrote behind a cut is not seen here")
                .isEqualTo(expected);
    }

    @Test
    void bytesAreBoundedAndNothingIsHidden() {
        KvPage.Int8 page = KvPage.Int8.empty(20, 4);
        page.write(new float[] {1e9f, Float.NEGATIVE_INFINITY, -3, 0}, 0, 0, 4);
        assertThat(page.elements()).startsWith(127, -127, 0, 0);
        assertThat(page.scales()[0] * 127).isCloseTo(65504, within(1f));
        page.write(new float[] {9, 1, -0.5f, Float.NaN, 0.25f}, 1, 4, 4);
        assertThat(page.scales()[1]).isNaN();
        page.write(new float[] {-0.5f, 0.25f, 0.125f, 0}, 0, 8, 4);
        assertThat(Arrays.copyOfRange(page.elements(), 8, 12)).containsExactly(-127, 64, 32, 0);
        page.write(new float[] {Float.MIN_VALUE, -Float.MIN_VALUE, 0, 0}, 0, 12, 4);
        assertThat(page.scales()[3]).isZero();
        assertThat(Arrays.copyOfRange(page.elements(), 12, 16)).containsOnly(0);
        page.write(new float[] {Float.MIN_NORMAL, -Float.MIN_NORMAL / 2, 0, 0}, 0, 16, 4);
        assertThat(page.elements()[16] * page.scales()[4]).isCloseTo(Float.MIN_NORMAL, within(Float.MIN_NORMAL / 100));
        assertThatThrownBy(() -> page.write(new float[4], 0, 2, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> page.write(new float[4], 0, 4, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new KvPage.Int8(new byte[8], new float[1], 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 elements");
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
