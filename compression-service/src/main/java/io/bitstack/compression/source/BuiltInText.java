package io.bitstack.compression.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The calibration text that comes with the service: prose, dialogue, instructions, lists, code and numbers of our own making. */
public final class BuiltInText {
    private static final String RESOURCE = "/calibration/built-in.txt";

    private BuiltInText() {}

    public static String read() {
        try (InputStream in = BuiltInText.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the service's jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
