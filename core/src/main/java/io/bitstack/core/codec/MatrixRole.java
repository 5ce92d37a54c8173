package io.bitstack.core.codec;

/** What a matrix is in the model; codecs treat the two differently. */
public enum MatrixRole {
    /** Between activations: projections of attention and of the gated unit. */
    LINEAR,
    /** One row a token: embeddings, and the head that may be tied to them. */
    EMBEDDING
}
