package io.bitstack.core.codec;

/**
 * Activations after an {@link InputTransform}: scratch that is reused from call to call and grows when it has to. One
 * thread at a time.
 */
public final class PreparedInput {
    private float[] values = new float[0];
    private float[] side = new float[0];
    private float[] products = new float[0];
    private final JointProduct jointProduct = new JointProduct();
    private float[] part = new float[0];

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

    /** Room for the products of activations and factors that one matrix makes while it multiplies. */
    float[] products(int size) {
        if (products.length < size) {
            products = new float[size];
        }
        return products;
    }

    /** The products of {@code tokens} prepared tokens with several matrices, to which they are yet to be added. */
    public JointProduct jointProduct(int tokens) {
        return jointProduct.begin(this, tokens);
    }

    /** Room for the product with one matrix out of several that make up a tensor. */
    public float[] part(int size) {
        if (part.length < size) {
            part = new float[size];
        }
        return part;
    }
}
