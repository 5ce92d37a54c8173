package io.bitstack.compression.source;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.model.ModelException;
import io.bitstack.core.safetensors.SafetensorsException;

/** Says in this service's codes what the readers of models found wrong. */
public final class SourceErrors {
    private SourceErrors() {}

    public static CompressionException translate(ModelException e) {
        ErrorCode code = switch (e.code()) {
            case CONFIG_NOT_FOUND -> ErrorCode.MODEL_CONFIG_MISSING;
            case CONFIG_INVALID -> ErrorCode.MODEL_CONFIG_INVALID;
            case UNSUPPORTED_ARCHITECTURE, UNSUPPORTED_ACTIVATION, UNSUPPORTED_ROPE, ALREADY_QUANTIZED ->
                ErrorCode.ARCHITECTURE_UNSUPPORTED;
            case WEIGHTS_MISMATCH -> ErrorCode.WEIGHTS_INVALID;
            case CONTEXT_FULL, BAD_TOKEN, BAD_EVALUATION_TEXT -> ErrorCode.TEXT_INVALID;
        };
        return new CompressionException(code, message(e, code), e);
    }

    public static CompressionException translate(SafetensorsException e) {
        ErrorCode code = switch (e.code()) {
            case NOT_FOUND -> ErrorCode.WEIGHTS_MISSING;
            case NOT_FINITE -> ErrorCode.WEIGHTS_NOT_FINITE;
            case UNREADABLE -> ErrorCode.STORAGE_FAILED;
            default -> ErrorCode.WEIGHTS_INVALID;
        };
        return new CompressionException(code, message(e, code), e);
    }

    private static String message(RuntimeException e, ErrorCode code) {
        return e.getMessage() == null ? code.meaning() : e.getMessage();
    }
}
