package io.bitstack.core.safetensors;

/** A checkpoint cannot be used; the message names the file, the tensor and what is wrong. */
public final class SafetensorsException extends RuntimeException {
    private final SafetensorsError code;

    public SafetensorsException(SafetensorsError code, String message) {
        super(message);
        this.code = code;
    }

    SafetensorsException(SafetensorsError code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public SafetensorsError code() {
        return code;
    }
}
