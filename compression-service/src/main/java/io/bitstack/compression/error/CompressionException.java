package io.bitstack.compression.error;

import io.bitstack.service.ApiException;
import org.jspecify.annotations.Nullable;

/** A request or a job cannot go on; the message says what is wrong and what to do. */
public final class CompressionException extends ApiException {
    private final ErrorCode code;

    public CompressionException(ErrorCode code, String detail) {
        this(code, detail, null);
    }

    public CompressionException(ErrorCode code, String detail, @Nullable Throwable cause) {
        super(code, detail, cause);
        this.code = code;
    }

    @Override
    public ErrorCode code() {
        return code;
    }
}
