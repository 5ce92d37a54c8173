package io.bitstack.core.model;

/**
 * Rotary position embedding: how fast each pair of a head's elements turns. The formulas are those of transformers'
 * {@code modeling_rope_utils}; YaRN is arXiv 2309.00071.
 *
 * @param type how the frequencies of training are stretched to longer contexts
 * @param factor by how much (1 for {@link Type#DEFAULT})
 * @param lowFrequencyFactor llama3, yarn: pairs that turn less often than this in the original context are stretched in full
 * @param highFrequencyFactor llama3, yarn: pairs that turn more often than this in it are kept
 * @param originalContextTokens dynamic, llama3, yarn: the context of pre-training
 * @param attentionFactor yarn: what rotated queries and keys are multiplied by; 1 otherwise
 * @param wholePairs yarn: whether the ends of the ramp between stretched and kept are rounded to whole pairs
 */
public record RopeScaling(
        float theta,
        Type type,
        float factor,
        float lowFrequencyFactor,
        float highFrequencyFactor,
        int originalContextTokens,
        float attentionFactor,
        boolean wholePairs) {

    /** The implemented kinds, named as in config.json. */
    public enum Type {
        DEFAULT,
        LINEAR,
        DYNAMIC,
        LLAMA3,
        YARN
    }

    static RopeScaling plain(float theta) {
        return new RopeScaling(theta, Type.DEFAULT, 1, 1, 1, 1, 1, true);
    }

    /**
     * The length that the frequencies of a sequence depend on: with {@link Type#DYNAMIC} the tokens that the sequence has room
     * for, so that all its keys are turned alike however its tokens come in; the same for all sequences otherwise.
     */
    public int frequencyTokens(int capacityTokens) {
        return type == Type.DYNAMIC ? Math.max(capacityTokens, originalContextTokens) : originalContextTokens;
    }

    /**
     * Radians per position for each of the {@code headSize / 2} pairs.
     *
     * @param frequencyTokens of {@link #frequencyTokens}
     */
    float[] inverseFrequencies(int headSize, int frequencyTokens) {
        double base = type == Type.DYNAMIC ? dynamicBase(headSize, frequencyTokens) : theta;
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float plain = (float) (1.0 / Math.pow(base, 2.0 * i / headSize));
            frequencies[i] = switch (type) {
                case DEFAULT, DYNAMIC -> plain;
                case LINEAR -> plain / factor;
                case LLAMA3 -> llama3(plain);
                case YARN -> (float) yarn(plain, i, headSize);
            };
        }
        return frequencies;
    }

    private double dynamicBase(int headSize, int tokens) {
        double stretch = (double) factor * tokens / originalContextTokens - (factor - 1);
        return theta * Math.pow(stretch, headSize / (headSize - 2.0));
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

    private double yarn(float plain, int pair, int headSize) {
        double low = pairOfTurns(highFrequencyFactor, headSize);
        double high = pairOfTurns(lowFrequencyFactor, headSize);
        if (wholePairs) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, headSize - 1);
        if (low == high) {
            high += 0.001;
        }
        double stretched = Math.clamp((pair - low) / (high - low), 0, 1);
        return stretched * plain / factor + (1 - stretched) * plain;
    }

    /** The pair, a real number, that turns {@code turns} times in the original context. */
    private double pairOfTurns(double turns, int headSize) {
        return headSize * Math.log(originalContextTokens / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }
}
