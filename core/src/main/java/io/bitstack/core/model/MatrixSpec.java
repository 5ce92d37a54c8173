package io.bitstack.core.model;

/**
 * A weight matrix of a model.
 *
 * @param name the Hugging Face tensor name
 * @param rows m, outputs
 * @param columns n, inputs
 * @param input the name of the activations it is multiplied with; matrices that share them have the same one. {@code embed}
 *     for an untied embedding, which only hands out rows
 */
public record MatrixSpec(String name, int rows, int columns, String input) {
    public long weights() {
        return (long) rows * columns;
    }
}
