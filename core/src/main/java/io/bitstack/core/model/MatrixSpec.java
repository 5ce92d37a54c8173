package io.bitstack.core.model;

import java.util.OptionalInt;

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
    /** The decoder layer that the matrix is a part of; empty for embeddings and head. */
    public OptionalInt layer() {
        String[] parts = input.split("\\.", -1);
        return parts.length == 3 && parts[0].equals("layers")
                ? OptionalInt.of(Integer.parseInt(parts[1]))
                : OptionalInt.empty();
    }

    public long weights() {
        return (long) rows * columns;
    }
}
