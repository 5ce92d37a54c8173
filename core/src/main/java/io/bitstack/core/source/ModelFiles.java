package io.bitstack.core.source;

import java.io.IOException;
import java.util.SortedSet;

/** The files of a model that have its weights, wherever they lie. */
public interface ModelFiles {
    /** What to call them in messages: their directory, or where else they are. */
    String place();

    /** Names of all files. */
    SortedSet<String> names() throws IOException;

    boolean has(String name);

    /** Opens one of them. */
    ModelFile open(String name) throws IOException;
}
