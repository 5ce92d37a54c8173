package io.bitstack.core.kernel;

/**
 * Activations multiplied by a column scale, as one provider's {@link KernelProvider#planes} reads them: whoever prepared them has to
 * read them. Scratch that is reused from call to call and grows when it has to; written by one thread, then read by any number.
 */
public final class PlaneInput {
    /** Tokens × n floats, for the providers that compute with these. */
    float[] values = new float[0];

    /** Tokens × {@link #quantaSize} whole numbers, in the order in which the native kernels read them. */
    byte[] quanta = new byte[0];

    /** The values of one quantum, and their sum: tokens × {@link #unitsSize}. */
    float[] units = new float[0];

    void needValues(int size) {
        if (values.length < size) {
            values = new float[size];
        }
    }

    void needQuanta(int tokens, int columns) {
        if (quanta.length < tokens * quantaSize(columns)) {
            quanta = new byte[tokens * quantaSize(columns)];
        }
        if (units.length < tokens * unitsSize(columns)) {
            units = new float[tokens * unitsSize(columns)];
        }
    }

    /** Columns padded to whole words, and as many rests. */
    static int quantaSize(int columns) {
        return 2 * 64 * SignPlanes.words(columns);
    }

    /** One for 32 columns, and the sums of all that the quanta stand for without and with the rests. */
    static int unitsSize(int columns) {
        return 2 * SignPlanes.words(columns) + 2;
    }
}
