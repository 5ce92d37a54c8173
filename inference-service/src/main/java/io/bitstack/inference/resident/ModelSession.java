package io.bitstack.inference.resident;

/**
 * One request's hold on a model: it stays the same model, though perhaps at another size, until the session is closed, even when
 * the node is given another one meanwhile.
 */
public interface ModelSession extends AutoCloseable {
    ServedModel model();

    /**
     * Leases the weights as they are now. Take a lease for each step of decoding and close it after the step: blocks that the node
     * has dropped are freed when the last lease on them is closed.
     */
    WeightsLease lease();

    @Override
    void close();
}
