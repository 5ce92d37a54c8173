package io.bitstack.core.tokenizer;

/** A tokenizer.json cannot be read, or asks for something that is not supported; the message names it. */
public final class TokenizerException extends RuntimeException {
    public TokenizerException(String message) {
        super(message);
    }
}
