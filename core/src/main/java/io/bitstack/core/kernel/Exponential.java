package io.bitstack.core.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * e to the power of eight lanes, in steps that round alike in the interpreter and in compiled code ({@code
 * VectorOperators.EXP} does not promise that): {@code x = k·ln 2 + r}, {@code |r| ≤ ln 2 / 2}, a polynomial in r, and k put into
 * the exponent.
 */
final class Exponential {
    private static final float LOWEST = -87;
    private static final float HIGHEST = 88;
    private static final float LOG2_E = 1.442695f;
    /** ln 2 in two parts: the first has so few bits that its product with k is exact. */
    private static final float LN2_HIGH = 0.6933594f;

    private static final float LN2_LOW = -2.12194440e-4f;
    /** 1.5 · 2²³: what is added to it is rounded to a whole number, which then stands in the lowest bits. */
    private static final float ROUNDER = 12_582_912f;

    private static final int EXPONENT_SHIFT = 23;
    private static final int EXPONENT_BIAS = 127;

    private Exponential() {}

    static FloatVector of(FloatVector argument) {
        FloatVector x = argument.max(LOWEST).min(HIGHEST);
        FloatVector shifted = x.mul(LOG2_E).add(ROUNDER);
        FloatVector k = shifted.sub(ROUNDER);
        IntVector exponent = shifted.reinterpretAsInts().sub(Float.floatToRawIntBits(ROUNDER) - EXPONENT_BIAS);
        FloatVector r = k.neg().fma(broadcast(x, LN2_LOW), k.neg().fma(broadcast(x, LN2_HIGH), x));
        // 1 + r + r²·(1/2 + r/6 + …): the series up to r⁷.
        FloatVector series = broadcast(x, 1f / 5040)
                .fma(r, broadcast(x, 1f / 720))
                .fma(r, broadcast(x, 1f / 120))
                .fma(r, broadcast(x, 1f / 24))
                .fma(r, broadcast(x, 1f / 6))
                .fma(r, broadcast(x, 0.5f));
        FloatVector mantissa = series.fma(r.mul(r), r).add(1);
        return mantissa.mul(
                exponent.lanewise(VectorOperators.LSHL, EXPONENT_SHIFT).reinterpretAsFloats());
    }

    private static FloatVector broadcast(FloatVector like, float value) {
        return FloatVector.broadcast(like.species(), value);
    }
}
