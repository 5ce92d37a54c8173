package io.bitstack.core.stack;

/** A file is not a {@code .bitstack} file, or too little of one; the message says what to do. */
public final class StackFileException extends RuntimeException {
    public StackFileException(String message) {
        super(message);
    }
}
