package io.bitstack.core.model;

/** A model cannot be read or run; the message says why, and what would be accepted. */
public final class ModelException extends RuntimeException {
    private final ModelError code;

    public ModelException(ModelError code, String message) {
        super(message);
        this.code = code;
    }

    ModelException(ModelError code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ModelError code() {
        return code;
    }
}
