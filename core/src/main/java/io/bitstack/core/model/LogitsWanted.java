package io.bitstack.core.model;

/** Which tokens' logits a forward pass returns. */
public enum LogitsWanted {
    ALL,
    LAST
}
