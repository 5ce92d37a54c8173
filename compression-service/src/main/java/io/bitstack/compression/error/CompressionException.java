package io.bitstack.compression.error;

import org.jspecify.annotations.Nullable;

/** A request or a job cannot go on; the message says what is wrong and what to do. */
public final class CompressionException extends RuntimeException {
    private final ErrorCode code;

    public CompressionException(ErrorCode code, String detail) {
        this(code, detail, null);
    }

    public CompressionException(ErrorCode code, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    /** The message, never null. */
    public String detail() {
        String message = getMessage();
        return message == null ? code.meaning() : message;
    }
}
