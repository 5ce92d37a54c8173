package io.bitstack.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryModelTest {
    private static final StackManifest.Model MODEL =
            new StackManifest.Model("LlamaForCausalLM", 1_000, 6, 256, 768, 8, 4, 32, 4096, 1024);

    @Test
    void keysAndValuesTakeWholePages() {
        long page = 2L * 6 * 4 * 32 * Short.BYTES * MemoryModel.PAGE_TOKENS;
        assertThat(MemoryModel.kvCacheBytes(MODEL, 0)).isZero();
        assertThat(MemoryModel.kvCacheBytes(MODEL, 1)).isEqualTo(page);
        assertThat(MemoryModel.kvCacheBytes(MODEL, 64)).isEqualTo(page);
        assertThat(MemoryModel.kvCacheBytes(MODEL, 65)).isEqualTo(2 * page);
    }

    @Test
    void bytesHaveAScaleForEachVector() {
        assertThat(MemoryModel.kvCacheBytes(MODEL, 65, KvPrecision.INT8)).isEqualTo(2L * 64 * 2 * 6 * 4 * (32 + 4));
        assertThat(MemoryModel.kvCacheBytes(MODEL, 65, KvPrecision.HALF))
                .isEqualTo(MemoryModel.kvCacheBytes(MODEL, 65));
        assertThat(MemoryModel.kvCacheBytes(MODEL, 65, KvPrecision.SINGLE))
                .isEqualTo(2 * MemoryModel.kvCacheBytes(MODEL, 65));
    }

    @Test
    void theLargestModelsDoNotOverflow() {
        StackManifest.Model large = new StackManifest.Model(
                "LlamaForCausalLM", 1L << 40, 1000, 1 << 17, 1 << 19, 1 << 12, 1 << 12, 1 << 12, 1 << 21, 1 << 24);
        assertThat(MemoryModel.kvCacheBytes(large, 1 << 20)).isPositive();
        assertThat(MemoryModel.kvCacheBytes(large, 1 << 20, KvPrecision.SINGLE)).isPositive();
        assertThat(MemoryModel.scratchBytes(large)).isPositive();
    }
}
