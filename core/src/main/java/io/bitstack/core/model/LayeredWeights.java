package io.bitstack.core.model;

import io.bitstack.core.kernel.RowPool;
import java.util.Collection;

/**
 * The weights of a model of which some matrices at a time are in memory: for passes that take whole texts through one layer after the other.
 * Safe for many threads, each of which opens for itself.
 */
public interface LayeredWeights {
    ModelConfig config();

    /**
     * Opens some matrices.
     *
     * @param matrices by name
     * @param pool reads several at a time
     */
    Opened open(Collection<String> matrices, RowPool pool);

    /** Some matrices that are in memory until this is closed. */
    interface Opened extends AutoCloseable {
        /** The model, of which only these matrices may be used. */
        ModelWeights weights();

        @Override
        void close();
    }
}
