package io.bitstack.bench;

import com.sun.management.ThreadMXBean;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.LogitsSink;
import io.bitstack.core.model.LogitsWanted;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.stack.KvPrecision;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * How fast one sequence runs on some threads: the best of some rounds, each on an empty cache, after one to warm up.
 *
 * @param decodedPerSecond tokens one by one, logits computed for each
 * @param prefilledPerSecond tokens of one prompt, logits computed for the last
 * @param allocatedBytesPerToken what all threads of the JVM allocate on its heap during a decode step: the median, so without the pages
 *     of the KV cache, one of which is taken for each layer every 64 tokens
 */
record DecodeSpeed(double decodedPerSecond, double prefilledPerSecond, long allocatedBytesPerToken) {
    private static final int DECODED_TOKENS = 128;
    private static final int PREFILLED_TOKENS = 512;

    /** A server would hand them to its sampler; here nobody wants them. */
    private static final LogitsSink UNUSED = (first, tokens, logits) -> {};

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static DecodeSpeed measure(ModelConfig config, ModelWeights weights, int threads, int rounds) {
        try (FixedRowPool pool = new FixedRowPool(threads)) {
            Transformer transformer = new Transformer(config, pool);
            double decoded = 0;
            double prefilled = 0;
            long allocated = 0;
            for (int round = 0; round <= rounds; round++) {
                long[] stepBytes = new long[DECODED_TOKENS];
                double decoding = decode(config, weights, transformer, stepBytes);
                Arrays.sort(stepBytes);
                allocated = stepBytes[DECODED_TOKENS / 2];
                double prefilling = prefill(config, weights, transformer);
                decoded = round == 0 ? 0 : Math.max(decoded, decoding);
                prefilled = round == 0 ? 0 : Math.max(prefilled, prefilling);
            }
            return new DecodeSpeed(decoded, prefilled, allocated);
        }
    }

    private static int token(ModelConfig config, int position) {
        return (7919 * position + 5) % config.vocabularySize();
    }

    private static double decode(ModelConfig config, ModelWeights weights, Transformer transformer, long[] stepBytes) {
        KvCache cache = new KvCache(config, DECODED_TOKENS, KvPrecision.HALF);
        int[] token = new int[1];
        long start = System.nanoTime();
        for (int t = 0; t < DECODED_TOKENS; t++) {
            long before = THREADS.getTotalThreadAllocatedBytes();
            token[0] = token(config, t);
            transformer.forward(weights, token, cache, UNUSED);
            stepBytes[t] = THREADS.getTotalThreadAllocatedBytes() - before;
        }
        return DECODED_TOKENS * 1e9 / (System.nanoTime() - start);
    }

    private static double prefill(ModelConfig config, ModelWeights weights, Transformer transformer) {
        int tokens = Math.min(PREFILLED_TOKENS, config.contextTokens());
        KvCache cache = new KvCache(config, tokens, KvPrecision.HALF);
        int[] prompt = new int[tokens];
        Arrays.setAll(prompt, t -> token(config, t));
        long start = System.nanoTime();
        transformer.forward(weights, prompt, cache, LogitsWanted.LAST);
        return tokens * 1e9 / (System.nanoTime() - start);
    }
}
