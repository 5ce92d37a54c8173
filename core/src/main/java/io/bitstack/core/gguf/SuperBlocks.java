package io.bitstack.core.gguf;

/** Blocks of 256 weights in parts whose scales are quantised themselves. */
final class SuperBlocks {
    private static final int PART = 32;

    private SuperBlocks() {}

    /** Scale of scales, scale of offsets, 8 × (6-bit scale, 6-bit offset), 4-bit weights. */
    static void q4k(byte[] block, float[] out, int offset) {
        float scale = SmallBlocks.half(block, 0);
        float least = SmallBlocks.half(block, 2);
        for (int part = 0; part < 8; part++) {
            float partScale = scale * scaleOf(block, part);
            float partLeast = least * leastOf(block, part);
            int nibbles = 16 + part / 2 * PART;
            for (int i = 0; i < PART; i++) {
                int weight = (block[nibbles + i] >> (4 * (part & 1))) & 15;
                out[offset + part * PART + i] = partScale * weight - partLeast;
            }
        }
    }

    /** As {@link #q4k} with a plane of fifth bits between: bit p of byte i belongs to weight i of part p. */
    static void q5k(byte[] block, float[] out, int offset) {
        float scale = SmallBlocks.half(block, 0);
        float least = SmallBlocks.half(block, 2);
        for (int part = 0; part < 8; part++) {
            float partScale = scale * scaleOf(block, part);
            float partLeast = least * leastOf(block, part);
            int nibbles = 48 + part / 2 * PART;
            for (int i = 0; i < PART; i++) {
                int nibble = (block[nibbles + i] >> (4 * (part & 1))) & 15;
                int weight = nibble | (((block[16 + i] >> part) & 1) << 4);
                out[offset + part * PART + i] = partScale * weight - partLeast;
            }
        }
    }

    /** 4 low bits, 2 high bits, 16 signed scales of 16 weights each, and their scale at the end; weights from −32 to 31. */
    static void q6k(byte[] block, float[] out, int offset) {
        float scale = SmallBlocks.half(block, 208);
        for (int half = 0; half < 2; half++) {
            int low = 64 * half;
            int high = 128 + PART * half;
            int scales = 192 + 8 * half;
            for (int part = 0; part < 4; part++) {
                for (int i = 0; i < PART; i++) {
                    int nibble = (block[low + (part & 1) * PART + i] >> (4 * (part / 2))) & 15;
                    int weight = (nibble | (((block[high + i] >> (2 * part)) & 3) << 4)) - 32;
                    float partScale = scale * block[scales + 2 * part + i / 16];
                    out[offset + 128 * half + part * PART + i] = partScale * weight;
                }
            }
        }
    }

    /** Scales of parts 0…3 are whole in bytes 0…3 of the twelve; of those of parts 4…7 the upper two bits are elsewhere. */
    private static int scaleOf(byte[] block, int part) {
        return part < 4 ? block[4 + part] & 63 : (block[8 + part] & 15) | (((block[part] >> 6) & 3) << 4);
    }

    private static int leastOf(byte[] block, int part) {
        return part < 4 ? block[8 + part] & 63 : ((block[8 + part] >> 4) & 15) | (((block[4 + part] >> 6) & 3) << 4);
    }
}
