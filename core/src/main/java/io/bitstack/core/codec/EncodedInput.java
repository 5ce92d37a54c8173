package io.bitstack.core.codec;

/** What an encoder derived from the statistics of an input, shared by the matrices that read it. */
public interface EncodedInput {
    /** The input blob, as docs/FORMAT.md says. */
    byte[] blob();
}
