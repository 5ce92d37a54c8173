package io.bitstack.core.gguf;

import org.jspecify.annotations.Nullable;

/** A GGUF file cannot be used; the message says what is wrong and where. */
public final class GgufException extends RuntimeException {
    private final GgufError code;

    public GgufException(GgufError code, String message) {
        this(code, message, null);
    }

    public GgufException(GgufError code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public GgufError code() {
        return code;
    }
}
