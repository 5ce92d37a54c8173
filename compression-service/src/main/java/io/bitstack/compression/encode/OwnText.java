package io.bitstack.compression.encode;

import io.bitstack.core.model.KvCache;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Calibration tokens for when no text is given: the model writes them itself, from BOS at temperature 1, seeded. */
final class OwnText {
    private OwnText() {}

    static List<int[]> windows(
            Transformer transformer,
            ModelWeights weights,
            int count,
            int contextTokens,
            long seed,
            BooleanSupplier cancelled) {
        ModelConfig config = weights.config();
        Random random = new Random(seed);
        int atOnce = TextMemory.sequencesAtOnce(config, contextTokens);
        List<int[]> windows = new ArrayList<>();
        while (windows.size() < count) {
            int together = Math.min(atOnce, count - windows.size());
            List<KvCache> caches = new ArrayList<>();
            int[][] tokens = new int[together][contextTokens];
            for (int s = 0; s < together; s++) {
                caches.add(new KvCache(config, contextTokens));
                tokens[s][0] = Math.max(0, config.bosToken());
            }
            for (int t = 1; t < contextTokens; t++) {
                Cancellation.check(cancelled);
                int[] last = new int[together];
                for (int s = 0; s < together; s++) {
                    last[s] = tokens[s][t - 1];
                }
                float[] logits = transformer.decode(weights, last, caches);
                for (int s = 0; s < together; s++) {
                    tokens[s][t] = sample(logits, s * config.vocabularySize(), config.vocabularySize(), random);
                }
            }
            windows.addAll(Arrays.asList(tokens));
        }
        return windows;
    }

    private static int sample(float[] logits, int offset, int count, Random random) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, logits[offset + i]);
        }
        double[] before = new double[count];
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += Math.exp(logits[offset + i] - largest);
            before[i] = total;
        }
        int found = Arrays.binarySearch(before, random.nextDouble() * total);
        return Math.min(count - 1, found >= 0 ? found + 1 : -found - 1);
    }
}
