package io.bitstack.compression.upload;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A text file of an upload as jobs name it where else they name a path: {@code upload:<id>/<name>}. */
public record UploadReference(UUID upload, String name) {
    private static final Pattern WRITTEN = Pattern.compile(
            "upload:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/(" + UploadNames.NAME + ")");

    /** Empty if the text is a path. */
    public static Optional<UploadReference> parse(@Nullable String text) {
        Matcher matcher = WRITTEN.matcher(text == null ? "" : text);
        return matcher.matches()
                ? Optional.of(new UploadReference(UUID.fromString(matcher.group(1)), matcher.group(2)))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "upload:%s/%s".formatted(upload, name);
    }
}
