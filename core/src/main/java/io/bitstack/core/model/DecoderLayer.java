package io.bitstack.core.model;

/**
 * The weights of one decoder layer. A bias or norm that the model does not have is an array of length 0.
 *
 * @param attentionNorm before attention
 * @param mlpNorm before the feed-forward part
 * @param qkv queries, keys and values
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record DecoderLayer(
        float[] attentionNorm,
        float[] mlpNorm,
        WeightGroup qkv,
        WeightMatrix o,
        WeightGroup gateUp,
        WeightMatrix down,
        float[] qBias,
        float[] kBias,
        float[] vBias,
        float[] oBias,
        float[] gateBias,
        float[] upBias,
        float[] downBias,
        float[] qNorm,
        float[] kNorm) {}
