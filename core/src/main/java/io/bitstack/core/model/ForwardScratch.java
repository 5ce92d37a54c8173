package io.bitstack.core.model;

import io.bitstack.core.stack.MemoryModel;

/** All buffers of a forward pass, allocated once; of those that answer requests MemoryModel says how much they may be. */
final class ForwardScratch {
    /** Of whole texts: all weights are read once a chunk, the head's once for the tokens whose logits are made together. */
    private static final int TEXT_CHUNK_TOKENS = 512;

    private static final int TEXT_LOGITS_TOKENS = 64;

    /** Tokens that go through a layer together. */
    final int chunkTokens;
    /** Tokens whose logits are made together. */
    final int logitsTokens;

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
    final KvCache[] caches;
    final int[] positions;

    private ForwardScratch(ModelConfig c, Rotation.Frequencies frequencies, int chunkTokens, int logitsTokens) {
        this.chunkTokens = chunkTokens;
        this.logitsTokens = logitsTokens;
        caches = new KvCache[chunkTokens];
        positions = new int[chunkTokens];
        x = new float[chunkTokens * c.hiddenSize()];
        normed = new float[chunkTokens * c.hiddenSize()];
        q = new float[chunkTokens * c.querySize()];
        k = new float[chunkTokens * c.keyValueSize()];
        v = new float[chunkTokens * c.keyValueSize()];
        qkv = new float[][] {q, k, v};
        attended = new float[chunkTokens * c.querySize()];
        attention = new float[2 * chunkTokens * c.attentionHeads()];
        gate = new float[chunkTokens * c.intermediateSize()];
        up = new float[chunkTokens * c.intermediateSize()];
        gateUp = new float[][] {gate, up};
        out = new float[chunkTokens * c.hiddenSize()];
        logits = new float[Math.multiplyExact(logitsTokens, c.vocabularySize())];
        rotation = new Rotation(c.rope(), frequencies, c.headSize(), chunkTokens);
    }

    /** For requests. */
    static ForwardScratch small(ModelConfig config, Rotation.Frequencies frequencies) {
        return new ForwardScratch(config, frequencies, MemoryModel.CHUNK_TOKENS, MemoryModel.LOGITS_TOKENS);
    }

    /** For whole texts. */
    static ForwardScratch large(ModelConfig config, Rotation.Frequencies frequencies) {
        return new ForwardScratch(config, frequencies, TEXT_CHUNK_TOKENS, TEXT_LOGITS_TOKENS);
    }

    /** Bytes of these buffers; transformed inputs and decoded tiles, which codecs keep, not counted. */
    long heldBytes() {
        long floats =
                (long) x.length + normed.length + q.length + k.length + v.length + attended.length + attention.length;
        floats += (long) gate.length + up.length + out.length + logits.length;
        return floats * Float.BYTES + rotation.heldBytes();
    }
}
