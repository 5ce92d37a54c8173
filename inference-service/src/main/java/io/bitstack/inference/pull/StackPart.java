package io.bitstack.inference.pull;

import java.util.Locale;

/** The two lists of blobs that a stack has. */
enum StackPart {
    BASE,
    BLOCKS;

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
