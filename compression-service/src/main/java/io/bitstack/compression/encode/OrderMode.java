package io.bitstack.compression.encode;

/** How the importance of residual blocks is found. */
public enum OrderMode {
    /** One KL evaluation per matrix calibrates the weighted error. */
    KL,
    /** The weighted error alone; no evaluations. */
    PROXY,
    /** The published sort: perplexity with one matrix raised at a time. */
    PERPLEXITY
}
