package io.bitstack.compression.source;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.gguf.GgufException;
import io.bitstack.core.model.ModelException;
import io.bitstack.core.safetensors.SafetensorsException;
import io.bitstack.core.tokenizer.TokenizerException;

/** Says in this service's codes what the readers of models found wrong. */
public final class SourceErrors {
    private SourceErrors() {}

    /** The same in this service's codes, if it is an error of one of these readers; else the error itself. */
    public static RuntimeException translated(RuntimeException error) {
        return switch (error) {
            case ModelException e -> translate(e);
            case SafetensorsException e -> translate(e);
            case GgufException e -> translate(e);
            case TokenizerException e -> translate(e);
            default -> error;
        };
    }

    private static CompressionException translate(ModelException e) {
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

    private static CompressionException translate(SafetensorsException e) {
        ErrorCode code = switch (e.code()) {
            case NOT_FOUND -> ErrorCode.WEIGHTS_MISSING;
            case NOT_FINITE -> ErrorCode.WEIGHTS_NOT_FINITE;
            case UNREADABLE -> ErrorCode.STORAGE_FAILED;
            default -> ErrorCode.WEIGHTS_INVALID;
        };
        return new CompressionException(code, message(e, code), e);
    }

    private static CompressionException translate(GgufException e) {
        ErrorCode code = switch (e.code()) {
            case ARCHITECTURE_UNSUPPORTED, TYPE_UNSUPPORTED -> ErrorCode.ARCHITECTURE_UNSUPPORTED;
            case TOKENIZER_UNSUPPORTED -> ErrorCode.TOKENIZER_UNSUPPORTED;
            case METADATA_INVALID -> ErrorCode.MODEL_CONFIG_INVALID;
            case UNREADABLE -> ErrorCode.STORAGE_FAILED;
            case NOT_GGUF, VERSION_UNSUPPORTED, TRUNCATED, TOO_LARGE, TENSOR_INVALID, OVERLAP, GAP, SPLIT_FILE ->
                ErrorCode.WEIGHTS_INVALID;
        };
        return new CompressionException(code, message(e, code), e);
    }

    private static CompressionException translate(TokenizerException e) {
        return new CompressionException(
                ErrorCode.TOKENIZER_UNSUPPORTED, message(e, ErrorCode.TOKENIZER_UNSUPPORTED), e);
    }

    private static String message(RuntimeException e, ErrorCode code) {
        return e.getMessage() == null ? code.meaning() : e.getMessage();
    }
}
