package io.bitstack.core.gguf;

/** What can be wrong with a GGUF file. The names are stable: interfaces pass them on. */
public enum GgufError {
    /** The content does not start as a GGUF file does. */
    NOT_GGUF,
    /** The version of the format, or its byte order, is not one that is read. */
    VERSION_UNSUPPORTED,
    /** The file ends before its metadata or its tensors do. */
    TRUNCATED,
    /** More entries, longer texts or more metadata than are read. */
    TOO_LARGE,
    /** An entry of the metadata is damaged, there twice, missing, of another kind or out of bounds. */
    METADATA_INVALID,
    /** A tensor's name, shape or place is not allowed. */
    TENSOR_INVALID,
    /** A tensor is stored in a format that is not read. */
    TYPE_UNSUPPORTED,
    /** Two tensors share bytes. */
    OVERLAP,
    /** Bytes of the data belong to no tensor. */
    GAP,
    /** The file is one of several that hold a model together, and the others are not there or do not go with it. */
    SPLIT_FILE,
    /** The model in it is of a kind that is not supported. */
    ARCHITECTURE_UNSUPPORTED,
    /** Its tokenizer is of a kind that is not supported. */
    TOKENIZER_UNSUPPORTED,
    /** The file system refused to read. */
    UNREADABLE
}
