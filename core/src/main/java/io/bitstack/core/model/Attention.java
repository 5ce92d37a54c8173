package io.bitstack.core.model;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;

/**
 * Scaled dot-product attention of query heads over the pages of the KV cache. Goes page by page with a running maximum and sum,
 * so that it needs the scores of one page only, however long the context.
 */
final class Attention {
    private final KernelProvider kernel = Kernels.active();
    private final int heads;
    private final int headsPerGroup;
    private final int headSize;
    private final int[] windows;
    private final float scale;

    Attention(ModelConfig config) {
        heads = config.attentionHeads();
        headsPerGroup = heads / config.keyValueHeads();
        headSize = config.headSize();
        windows = config.windowTokens().stream()
                .mapToInt(window -> window == 0 ? Integer.MAX_VALUE : window)
                .toArray();
        scale = (float) (1 / Math.sqrt(headSize));
    }

    /** Overwrites {@code s.attended} for the first {@code tokens} tokens of the chunk. */
    void attend(int layer, ForwardScratch s, int tokens, RowPool pool) {
        int window = windows[layer];
        long seen = 0;
        for (int t = 0; t < tokens; t++) {
            seen += Math.min(s.positions[t] + 1, window);
        }
        long multiplyAdds = seen * heads * headSize * 2;
        WorkSize.poolFor(pool, multiplyAdds).forRows(tokens * heads, 1, (from, to) -> {
            float[] scores = new float[KvCache.PAGE_TOKENS];
            for (int row = from; row < to; row++) {
                int token = row / heads;
                head(layer, s.caches[token], s.positions[token], row % heads, s.q, s.attended, row * headSize, scores);
            }
        });
    }

    private void head(
            int layer, KvCache cache, int position, int head, float[] q, float[] out, int offset, float[] scores) {
        int group = head / headsPerGroup;
        int first = Math.max(0, position - windows[layer] + 1);
        float maximum = Float.NEGATIVE_INFINITY;
        float sum = 0;
        for (int i = 0; i < headSize; i++) {
            out[offset + i] = 0;
        }
        for (int page = first / KvCache.PAGE_TOKENS; page <= position / KvCache.PAGE_TOKENS; page++) {
            float[] held = cache.page(layer, page);
            int start = page * KvCache.PAGE_TOKENS;
            int from = Math.max(first - start, 0);
            int to = Math.min(position + 1 - start, KvCache.PAGE_TOKENS);
            float pageMaximum = maximum;
            for (int i = from; i < to; i++) {
                scores[i] = scale * kernel.dot(q, offset, held, cache.keyOffset(group, i), headSize);
                pageMaximum = Math.max(pageMaximum, scores[i]);
            }
            float shrink = (float) Math.exp(maximum - pageMaximum);
            maximum = pageMaximum;
            sum *= shrink;
            for (int i = 0; i < headSize; i++) {
                out[offset + i] *= shrink;
            }
            kernel.exponentials(scores, from, maximum, scores, from, to - from);
            for (int i = from; i < to; i++) {
                float p = scores[i];
                sum += p;
                kernel.axpy(p, held, cache.valueOffset(group, i), out, offset, headSize);
            }
        }
        for (int i = 0; i < headSize; i++) {
            out[offset + i] /= sum;
        }
    }
}
