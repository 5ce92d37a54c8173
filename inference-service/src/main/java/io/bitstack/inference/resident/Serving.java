package io.bitstack.inference.resident;

import java.util.Optional;

/** The way to the model that the node serves now. */
public interface Serving {
    /** Opens the model for one request, or is empty until the minimal prefix of one has been loaded. */
    Optional<ModelSession> open();
}
