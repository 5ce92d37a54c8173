package io.bitstack.inference.trust;

import java.io.IOException;

/** Nobody whom the node trusts signed a stack; it says what to do. */
public final class UntrustedStackException extends IOException {
    private static final long serialVersionUID = 1;

    UntrustedStackException(String message) {
        super(message);
    }
}
