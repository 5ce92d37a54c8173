package io.bitstack.core.tensor;

import java.lang.foreign.MemorySegment;

/** IEEE binary16 values, kept as {@code short} bits. */
public final class Half {
    private Half() {}

    /** The value after rounding to binary16 and back. */
    public static float round(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }

    /** {@code count} little-endian halves from {@code offsetBytes} on, as a new array. */
    public static float[] toFloats(MemorySegment data, long offsetBytes, int count) {
        float[] out = new float[count];
        DType.F16.read(data, offsetBytes, out, 0, count);
        return out;
    }

    /** The bits of each value, rounded to nearest, ties to even. */
    public static short[] fromFloats(float[] values) {
        short[] out = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            out[i] = Float.floatToFloat16(values[i]);
        }
        return out;
    }
}
