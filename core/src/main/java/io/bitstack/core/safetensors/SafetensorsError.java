package io.bitstack.core.safetensors;

/** What can be wrong with a checkpoint. The names are stable: interfaces pass them on. */
public enum SafetensorsError {
    /** There is no checkpoint at the given place. */
    NOT_FOUND,
    /** The content is something else: a pickle, an archive, another weight format. */
    NOT_SAFETENSORS,
    /** The header claims more bytes than are allowed. */
    HEADER_TOO_LARGE,
    /** The header is not the JSON that the format asks for. */
    HEADER_INVALID,
    /** The file ends before its header or its data does. */
    TRUNCATED,
    /** More tensors than are allowed. */
    TOO_MANY_TENSORS,
    /** A name occurs twice. */
    DUPLICATE_KEY,
    /** A tensor's element type is not one that weights may have. */
    BAD_DTYPE,
    /** A shape has a dimension or a number of dimensions that is not allowed, or too many elements. */
    BAD_SHAPE,
    /** A tensor's byte range and its shape do not agree. */
    SIZE_MISMATCH,
    /** Two tensors share bytes. */
    OVERLAP,
    /** Bytes of the data belong to no tensor. */
    GAP,
    /** The index file is not what the layout asks for, or does not agree with the shards. */
    INDEX_INVALID,
    /** A shard's name would leave the checkpoint's directory. */
    UNSAFE_PATH,
    /** A shard that the index names is not there. */
    MISSING_SHARD,
    /** A tensor that the model needs is not there. */
    MISSING_TENSOR,
    /** A tensor's shape is not the one that the model needs. */
    SHAPE_MISMATCH,
    /** A weight is NaN or infinite. */
    NOT_FINITE,
    /** The file system refused to read. */
    UNREADABLE
}
