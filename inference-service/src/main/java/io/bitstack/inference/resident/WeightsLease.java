package io.bitstack.inference.resident;

import io.bitstack.core.model.ModelWeights;

/** A snapshot of the weights, valid until closed. */
public interface WeightsLease extends AutoCloseable {
    ModelWeights weights();

    /** k, how many blocks of the stack order it holds. */
    int blocks();

    @Override
    void close();
}
