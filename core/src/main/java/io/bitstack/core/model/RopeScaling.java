package io.bitstack.core.model;

/**
 * Rotary position embedding: how fast each pair of a head's elements turns.
 *
 * @param type how the frequencies of training are stretched to longer contexts
 * @param factor by how much (1 for {@link Type#DEFAULT})
 * @param lowFrequencyFactor llama3: wavelengths above originalContext / this are stretched in full
 * @param highFrequencyFactor llama3: wavelengths below originalContext / this are kept
 * @param originalContextTokens llama3: the context of pre-training
 */
public record RopeScaling(
        float theta,
        Type type,
        float factor,
        float lowFrequencyFactor,
        float highFrequencyFactor,
        int originalContextTokens) {

    /** The implemented kinds, named as in config.json. */
    public enum Type {
        DEFAULT,
        LINEAR,
        LLAMA3
    }

    static RopeScaling plain(float theta) {
        return new RopeScaling(theta, Type.DEFAULT, 1, 1, 1, 1);
    }

    /** Radians per position for each of the {@code headSize / 2} pairs. */
    public float[] inverseFrequencies(int headSize) {
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float plain = (float) (1.0 / Math.pow(theta, 2.0 * i / headSize));
            frequencies[i] = switch (type) {
                case DEFAULT -> plain;
                case LINEAR -> plain / factor;
                case LLAMA3 -> llama3(plain);
            };
        }
        return frequencies;
    }

    private float llama3(float plain) {
        double wavelength = 2 * Math.PI / plain;
        if (wavelength < originalContextTokens / (double) highFrequencyFactor) {
            return plain;
        }
        if (wavelength > originalContextTokens / (double) lowFrequencyFactor) {
            return plain / factor;
        }
        double kept = (originalContextTokens / wavelength - lowFrequencyFactor)
                / (highFrequencyFactor - (double) lowFrequencyFactor);
        return (float) ((1 - kept) * plain / factor + kept * plain);
    }
}
