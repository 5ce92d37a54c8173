package io.bitstack.core.model;

/** Why a model cannot be used. The names are stable: interfaces pass them on. */
public enum ModelError {
    /** config.json is not there. */
    CONFIG_NOT_FOUND,
    /** config.json is not valid JSON, or a value in it is missing, of the wrong kind or out of bounds. */
    CONFIG_INVALID,
    /** The architecture is not one of those that are implemented. */
    UNSUPPORTED_ARCHITECTURE,
    /** The activation function is not one of those that are implemented. */
    UNSUPPORTED_ACTIVATION,
    /** The kind of rotary position embedding is not one of those that are implemented. */
    UNSUPPORTED_ROPE,
    /** The checkpoint's weights are quantised already. */
    ALREADY_QUANTIZED,
    /** A matrix, tensor or file that the model needs is missing or has the wrong shape. */
    WEIGHTS_MISMATCH,
    /** More tokens than the cache or the model has room for. */
    CONTEXT_FULL,
    /** A token id that the vocabulary does not have. */
    BAD_TOKEN,
    /** A text is too short or too long to be evaluated on. */
    BAD_EVALUATION_TEXT
}
