package io.bitstack.core.codec;

/** A blob does not have the form that its codec gives it, or a matrix cannot be encoded; the message says why. */
public final class CodecException extends RuntimeException {
    public CodecException(String message) {
        super(message);
    }
}
