package io.bitstack.registry.search;

/** A filter cannot be read; the message says where and what was expected. */
public final class FilterException extends RuntimeException {
    public FilterException(String message) {
        super(message);
    }
}
