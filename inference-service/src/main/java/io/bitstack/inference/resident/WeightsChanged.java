package io.bitstack.inference.resident;

/** The node serves another model or another size of it than before, or none, from now on. */
public record WeightsChanged() {}
