package io.bitstack.compression.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** Files of a model that this service keeps itself, where they are not files of a disk. */
public interface StoredFiles {
    /** What to call them in messages. */
    String name();

    /** Lengths by name. */
    Map<String, Long> sizesBytes();

    /** So many bytes of a file, which has them. */
    InputStream open(String name, long fromBytes, long lengthBytes) throws IOException;
}
