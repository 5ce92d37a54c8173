package io.bitstack.core.model;

/** A tensor of one dimension that is kept whole, a norm's weight or a bias, by its Hugging Face name. */
public record VectorSpec(String name, int length) {}
