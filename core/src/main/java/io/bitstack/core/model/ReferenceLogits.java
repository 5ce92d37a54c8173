package io.bitstack.core.model;

/**
 * The full model's logits on an evaluation text, 16 bits each: every token has its own range, cut into 65,535 steps, so that an
 * error is below 0.0005 for logits that span 60, and what it adds to a KL divergence below 1e-7.
 */
public final class ReferenceLogits {
    private final int vocabulary;
    private final short[][] steps;
    private final float[] lowest;
    private final float[] stepSizes;

    ReferenceLogits(int tokens, int vocabulary) {
        this.vocabulary = vocabulary;
        this.steps = new short[tokens][];
        this.lowest = new float[tokens];
        this.stepSizes = new float[tokens];
    }

    /** Bytes that the reference of so many tokens takes. */
    public static long sizeBytes(int tokens, int vocabulary) {
        return tokens * (2L * vocabulary + 24);
    }

    /** Tokens held. */
    public int tokens() {
        return steps.length;
    }

    void set(int token, float[] logits, int offset) {
        float low = logits[offset];
        float high = low;
        for (int i = 1; i < vocabulary; i++) {
            low = Math.min(low, logits[offset + i]);
            high = Math.max(high, logits[offset + i]);
        }
        float step = high > low ? (high - low) / 65_535 : 1;
        short[] row = new short[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            row[i] = (short) Math.min(65_535, Math.round((logits[offset + i] - low) / step));
        }
        steps[token] = row;
        lowest[token] = low;
        stepSizes[token] = step;
    }

    /** Writes the logits of a token to {@code out[0 … vocabulary)}. */
    void get(int token, float[] out) {
        short[] row = steps[token];
        for (int i = 0; i < vocabulary; i++) {
            out[i] = lowest[token] + stepSizes[token] * (row[i] & 0xffff);
        }
    }
}
