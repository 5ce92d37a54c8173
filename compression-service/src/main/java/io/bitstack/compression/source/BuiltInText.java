package io.bitstack.compression.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The texts that come with the service: prose, dialogue, instructions, lists, code and numbers of our own making. */
public final class BuiltInText {
    private static final String CALIBRATION = "/calibration/built-in.txt";
    private static final String HELD_OUT = "/evaluation/held-out.txt";

    private BuiltInText() {}

    /** What to calibrate with where that is chosen. */
    public static String calibration() {
        return read(CALIBRATION);
    }

    /** What a curve is measured on where no text is given; nothing of it is in the other. */
    public static String heldOut() {
        return read(HELD_OUT);
    }

    private static String read(String resource) {
        try (InputStream in = BuiltInText.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing from the service's jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
