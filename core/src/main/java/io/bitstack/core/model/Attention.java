package io.bitstack.core.model;

import io.bitstack.core.kernel.KernelProvider;
import io.bitstack.core.kernel.Kernels;
import io.bitstack.core.kernel.RowPool;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention of query heads over the pages of the KV cache. Goes page by page with a running maximum and sum,
 * so that it needs the scores of one page only, however long the context.
 */
final class Attention {
    private static final KernelProvider KERNELS = Kernels.active();

    private final int heads;
    private final int groups;
    private final int headsPerGroup;
    private final int headSize;
    private final int[] windows;
    private final float scale;
    // What the loop works on: in fields, so that no loop needs an object of its own.
    private final RowPool.Body groupsOfHeads = this::run;
    private int layer;
    private @Nullable ForwardScratch s;

    Attention(ModelConfig config) {
        heads = config.attentionHeads();
        groups = config.keyValueHeads();
        headsPerGroup = heads / groups;
        headSize = config.headSize();
        windows = config.windowTokens().stream()
                .mapToInt(window -> window == 0 ? Integer.MAX_VALUE : window)
                .toArray();
        scale = (float) (1 / Math.sqrt(headSize));
    }

    /** Overwrites {@code s.attended} for the first {@code tokens} tokens of the chunk. */
    void attend(int layer, ForwardScratch s, int tokens, RowPool pool) {
        this.layer = layer;
        this.s = s;
        int window = windows[layer];
        long seen = 0;
        for (int t = 0; t < tokens; t++) {
            seen += Math.min(s.positions[t] + 1, window);
        }
        long multiplyAdds = seen * heads * headSize * 2;
        WorkSize.poolFor(pool, multiplyAdds).forRows(tokens * groups, 1, groupsOfHeads);
    }

    private void run(int from, int to) {
        ForwardScratch scratch = Objects.requireNonNull(s);
        for (int row = from; row < to; row++) {
            group(scratch, row / groups, row % groups);
        }
    }

    /** All query heads that share a key head, for one token. */
    private void group(ForwardScratch s, int token, int group) {
        KvCache cache = s.caches[token];
        int position = s.positions[token];
        int head = token * heads + group * headsPerGroup;
        int at = head * headSize;
        for (int h = head; h < head + headsPerGroup; h++) {
            s.attention[2 * h] = Float.NEGATIVE_INFINITY;
            s.attention[2 * h + 1] = 0;
        }
        Arrays.fill(s.attended, at, at + headsPerGroup * headSize, 0);
        int first = Math.max(0, position - windows[layer] + 1);
        for (int page = first / KvCache.PAGE_TOKENS; page <= position / KvCache.PAGE_TOKENS; page++) {
            int start = page * KvCache.PAGE_TOKENS;
            int from = Math.max(first - start, 0);
            int to = Math.min(position + 1 - start, KvCache.PAGE_TOKENS);
            KERNELS.attend(
                    s.q,
                    at,
                    headsPerGroup,
                    headSize,
                    scale,
                    cache.page(layer, page),
                    cache.keyOffset(group, from),
                    cache.valueOffset(group, from),
                    to - from,
                    s.attention,
                    2 * head,
                    s.attended,
                    at);
        }
        for (int h = 0; h < headsPerGroup; h++) {
            float sum = s.attention[2 * (head + h) + 1];
            for (int i = at + h * headSize; i < at + (h + 1) * headSize; i++) {
                s.attended[i] /= sum;
            }
        }
    }
}
