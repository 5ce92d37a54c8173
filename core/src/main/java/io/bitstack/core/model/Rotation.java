package io.bitstack.core.model;

import java.util.Arrays;

/** Rotary position embedding in Hugging Face's layout: element i of a head pairs with element i + half. */
final class Rotation {
    private final RopeScaling rope;
    private final Frequencies frequencies;
    private final int half;
    private final float[] cosines;
    private final float[] sines;

    /** Those of the sequence that was placed last; another one may have others. */
    private float[] inverseFrequencies = {};

    private int frequencyTokens = -1;
    /** The positions that the angles are of; −1 for none. */
    private final int[] positions;

    /** Radians per position of each pair of a head's elements, by {@link RopeScaling#frequencyTokens}. */
    interface Frequencies {
        float[] of(int frequencyTokens);
    }

    /** @param tokens of a chunk */
    Rotation(RopeScaling rope, Frequencies frequencies, int headSize, int tokens) {
        this.rope = rope;
        this.frequencies = frequencies;
        half = headSize / 2;
        cosines = new float[tokens * half];
        sines = new float[tokens * half];
        positions = new int[tokens];
        Arrays.fill(positions, -1);
    }

    long heldBytes() {
        return 2L * Float.BYTES * cosines.length;
    }

    /** Prepares the angles of a token of the chunk, whose sequence has room for {@code capacityTokens}. */
    void setPosition(int token, int position, int capacityTokens) {
        int wanted = rope.frequencyTokens(capacityTokens);
        if (wanted != frequencyTokens) {
            inverseFrequencies = frequencies.of(wanted);
            frequencyTokens = wanted;
            Arrays.fill(positions, -1);
        }
        if (positions[token] == position) {
            return; // as in the layer before, or in the window before
        }
        positions[token] = position;
        float scale = rope.attentionFactor();
        for (int i = 0; i < half; i++) {
            float angle = position * inverseFrequencies[i];
            cosines[token * half + i] = scale * (float) Math.cos(angle);
            sines[token * half + i] = scale * (float) Math.sin(angle);
        }
    }

    /** Turns {@code heads} heads of a token of the chunk in place. */
    void apply(int token, float[] x, int offset, int heads) {
        for (int h = 0; h < heads; h++) {
            int first = offset + h * 2 * half;
            for (int i = 0; i < half; i++) {
                float cosine = cosines[token * half + i];
                float sine = sines[token * half + i];
                float a = x[first + i];
                float b = x[first + half + i];
                x[first + i] = a * cosine - b * sine;
                x[first + half + i] = b * cosine + a * sine;
            }
        }
    }
}
