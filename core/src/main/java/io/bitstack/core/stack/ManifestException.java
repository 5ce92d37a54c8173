package io.bitstack.core.stack;

/** A manifest is not what docs/FORMAT.md says; the message names the place. */
public final class ManifestException extends RuntimeException {
    public ManifestException(String message) {
        super(message);
    }
}
