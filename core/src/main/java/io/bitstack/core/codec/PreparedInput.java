package io.bitstack.core.codec;

/**
 * Activations after an {@link InputTransform}: scratch that is reused from call to call and grows when it has to. One
 * thread at a time.
 */
public final class PreparedInput {
    private float[] values = new float[0];
    private float[] side = new float[0];
    private float[] scaled = new float[0];

    /** Room for tokens × columns transformed activations; the content is undefined until a transform writes it. */
    public float[] values(int size) {
        if (values.length < size) {
            values = new float[size];
        }
        return values;
    }

    /** Room for tokens × r side-branch activations. */
    public float[] side(int size) {
        if (side.length < size) {
            side = new float[size];
        }
        return side;
    }

    /** Room for what one matrix derives from {@link #values} while it multiplies. */
    float[] scaled(int size) {
        if (scaled.length < size) {
            scaled = new float[size];
        }
        return scaled;
    }
}
