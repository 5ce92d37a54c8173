package io.bitstack.core.model;

/** Takes logits a few tokens at a time, so that a long text never needs them all in memory. */
@FunctionalInterface
public interface LogitsSink {
    /**
     * @param first index of the first of these tokens among those that the forward pass was given
     * @param logits tokens × vocabulary from offset 0; valid during the call only
     */
    void accept(int first, int tokens, float[] logits);
}
