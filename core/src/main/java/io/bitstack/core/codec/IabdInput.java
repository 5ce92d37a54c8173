package io.bitstack.core.codec;

import java.lang.foreign.MemorySegment;

/** The input of iabd matrices: {@code x ← x / s}, since the weights were multiplied by the activation scale s. */
final class IabdInput implements InputTransform {
    private final float[] scale;

    IabdInput(float[] scale) {
        this.scale = scale;
    }

    static IabdInput read(int columns, MemorySegment blob) {
        BlobReader reader = new BlobReader("input blob (iabd)", blob);
        float[] scale = reader.readFloats(columns);
        reader.end();
        for (int j = 0; j < columns; j++) {
            if (!(scale[j] > 0)) {
                throw reader.bad("scale %d is %g, not positive".formatted(j, scale[j]));
            }
        }
        return new IabdInput(scale);
    }

    byte[] write() {
        return new BlobWriter(Float.BYTES * (long) scale.length)
                .writeFloats(scale)
                .finish();
    }

    /** s, n values; shared. */
    float[] scale() {
        return scale;
    }

    @Override
    public int columns() {
        return scale.length;
    }

    @Override
    public long heldBytes() {
        return Float.BYTES * (long) scale.length;
    }

    @Override
    public void prepare(float[] x, int tokens, PreparedInput out) {
        int n = scale.length;
        float[] values = out.values(tokens * n);
        for (int t = 0; t < tokens; t++) {
            for (int j = 0; j < n; j++) {
                values[t * n + j] = x[t * n + j] / scale[j];
            }
        }
    }
}
