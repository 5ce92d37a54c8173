package io.bitstack.core.model;

/** Sees the activations that weight matrices are multiplied with, for calibration. */
@FunctionalInterface
public interface ActivationObserver {
    /**
     * Called once for each input and chunk of tokens.
     *
     * @param input the name in {@link MatrixSpec#input()}
     * @param x tokens × n activations from offset 0; valid during the call only
     */
    void observe(String input, float[] x, int tokens);
}
