package io.bitstack.compression.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** Files of a model that this service keeps itself, where a job has to fetch them from. */
public interface StoredFiles {
    /** What to call them in messages. */
    String name();

    /** Lengths by name. */
    Map<String, Long> sizesBytes();

    /** A file from a byte on, which is less than its length. */
    InputStream open(String name, long fromBytes) throws IOException;
}
