package io.bitstack.core.model;

/** Rotary position embedding in Hugging Face's layout: element i of a head pairs with element i + half. */
final class Rotation {
    private final float[] inverseFrequencies;
    private final int half;
    private final float[] cosines;
    private final float[] sines;

    Rotation(float[] inverseFrequencies, int tokens) {
        this.inverseFrequencies = inverseFrequencies;
        half = inverseFrequencies.length;
        cosines = new float[tokens * half];
        sines = new float[tokens * half];
    }

    long heldBytes() {
        return 2L * Float.BYTES * cosines.length;
    }

    /** Prepares the angles of a token of the chunk. */
    void setPosition(int token, int position) {
        for (int i = 0; i < half; i++) {
            float angle = position * inverseFrequencies[i];
            cosines[token * half + i] = (float) Math.cos(angle);
            sines[token * half + i] = (float) Math.sin(angle);
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
