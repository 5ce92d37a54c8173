package io.bitstack.core.kernel;

/**
 * Activations multiplied by a column scale, as one provider's {@link KernelProvider#planes} reads them: whoever prepared them has to
 * read them. Scratch that is reused from call to call and grows when it has to; written by one thread, then read by any number.
 */
public final class PlaneInput {
    /** Tokens × n floats, for the providers that compute with these. */
    float[] values = new float[0];

    /** Tokens × {@link #quantaSize} whole numbers, in the order in which the native kernels read them. */
    short[] quanta = new short[0];

    /** The values of one quantum, tokens × {@link #unitsSize}. */
    float[] units = new float[0];

    void needValues(int size) {
        if (values.length < size) {
            values = new float[size];
        }
    }

    void needQuanta(int tokens, int columns) {
        if (quanta.length < tokens * quantaSize(columns)) {
            quanta = new short[tokens * quantaSize(columns)];
        }
        if (units.length < tokens * unitsSize(columns)) {
            units = new float[tokens * unitsSize(columns)];
        }
    }

    /** Whole blocks of four words once, the words beyond them twice: two rows' words share a register. */
    static int quantaSize(int columns) {
        int words = SignPlanes.words(columns);
        return 64 * (words - words % 4 + 2 * (words % 4));
    }

    static int unitsSize(int columns) {
        int words = SignPlanes.words(columns);
        return words / 4 + words % 4;
    }
}
