package io.bitstack.core.model;

import io.bitstack.core.stack.MemoryModel;

/** All buffers of a forward pass, allocated once; MemoryModel says how much they may be. */
final class ForwardScratch {
    static final int CHUNK_TOKENS = MemoryModel.CHUNK_TOKENS;
    static final int LOGITS_TOKENS = MemoryModel.LOGITS_TOKENS;

    final float[] x;
    final float[] normed;
    final float[] q;
    final float[] k;
    final float[] v;
    /** The three, as the products of one group of matrices. */
    final float[][] qkv;

    final float[] attended;
    /** Largest score and sum of weights of each head. */
    final float[] attention;

    final float[] gate;
    final float[] up;
    final float[][] gateUp;
    final float[] out;
    final float[] logits;
    final Rotation rotation;
    final SharedInput shared = new SharedInput();
    final KvCache[] caches = new KvCache[CHUNK_TOKENS];
    final int[] positions = new int[CHUNK_TOKENS];

    ForwardScratch(ModelConfig c, Rotation.Frequencies frequencies) {
        x = new float[CHUNK_TOKENS * c.hiddenSize()];
        normed = new float[CHUNK_TOKENS * c.hiddenSize()];
        q = new float[CHUNK_TOKENS * c.querySize()];
        k = new float[CHUNK_TOKENS * c.keyValueSize()];
        v = new float[CHUNK_TOKENS * c.keyValueSize()];
        qkv = new float[][] {q, k, v};
        attended = new float[CHUNK_TOKENS * c.querySize()];
        attention = new float[2 * CHUNK_TOKENS * c.attentionHeads()];
        gate = new float[CHUNK_TOKENS * c.intermediateSize()];
        up = new float[CHUNK_TOKENS * c.intermediateSize()];
        gateUp = new float[][] {gate, up};
        out = new float[CHUNK_TOKENS * c.hiddenSize()];
        logits = new float[Math.multiplyExact(LOGITS_TOKENS, c.vocabularySize())];
        rotation = new Rotation(c.rope(), frequencies, c.headSize(), CHUNK_TOKENS);
    }

    /** Bytes of these buffers; transformed inputs and decoded tiles, which codecs keep, not counted. */
    long heldBytes() {
        long floats =
                (long) x.length + normed.length + q.length + k.length + v.length + attended.length + attention.length;
        floats += (long) gate.length + up.length + out.length + logits.length;
        return floats * Float.BYTES + rotation.heldBytes();
    }
}
