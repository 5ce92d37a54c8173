package io.bitstack.core.gguf;

/**
 * Blocks of 32 weights with one scale, some with an offset. Of each byte of nibbles, the low one is a weight of the first half of
 * the block and the high one the weight 16 further on.
 */
final class SmallBlocks {
    private static final int HALF = 16;

    private SmallBlocks() {}

    /** Scale; weights from −8 to 7. */
    static void q4v0(byte[] block, float[] out, int offset) {
        float scale = half(block, 0);
        for (int i = 0; i < HALF; i++) {
            int nibbles = block[2 + i];
            out[offset + i] = scale * ((nibbles & 15) - 8);
            out[offset + i + HALF] = scale * (((nibbles >> 4) & 15) - 8);
        }
    }

    /** Scale and offset; weights from 0 to 15. */
    static void q4v1(byte[] block, float[] out, int offset) {
        float scale = half(block, 0);
        float least = half(block, 2);
        for (int i = 0; i < HALF; i++) {
            int nibbles = block[4 + i];
            out[offset + i] = scale * (nibbles & 15) + least;
            out[offset + i + HALF] = scale * ((nibbles >> 4) & 15) + least;
        }
    }

    /** Scale, 32 fifth bits; weights from −16 to 15. */
    static void q5v0(byte[] block, float[] out, int offset) {
        float scale = half(block, 0);
        int fifths = word(block, 2);
        for (int i = 0; i < HALF; i++) {
            int nibbles = block[6 + i];
            out[offset + i] = scale * (five(nibbles, fifths, i) - 16);
            out[offset + i + HALF] = scale * (five(nibbles >> 4, fifths, i + HALF) - 16);
        }
    }

    /** Scale, offset, 32 fifth bits; weights from 0 to 31. */
    static void q5v1(byte[] block, float[] out, int offset) {
        float scale = half(block, 0);
        float least = half(block, 2);
        int fifths = word(block, 4);
        for (int i = 0; i < HALF; i++) {
            int nibbles = block[8 + i];
            out[offset + i] = scale * five(nibbles, fifths, i) + least;
            out[offset + i + HALF] = scale * five(nibbles >> 4, fifths, i + HALF) + least;
        }
    }

    /** Scale; weights are bytes. */
    static void q8v0(byte[] block, float[] out, int offset) {
        float scale = half(block, 0);
        for (int i = 0; i < 2 * HALF; i++) {
            out[offset + i] = scale * block[2 + i];
        }
    }

    /** Four bits of a weight and, from the plane of fifth bits, its fifth. */
    private static int five(int nibble, int fifths, int weight) {
        return (nibble & 15) | (((fifths >> weight) & 1) << 4);
    }

    static float half(byte[] block, int at) {
        return Float.float16ToFloat((short) ((block[at] & 255) | (block[at + 1] << 8)));
    }

    private static int word(byte[] block, int at) {
        return (block[at] & 255) | ((block[at + 1] & 255) << 8) | ((block[at + 2] & 255) << 16) | (block[at + 3] << 24);
    }
}
