package io.bitstack.compression.upload;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where an upload stands. */
public enum UploadState {
    /** Takes pieces. */
    OPEN,
    /** Whole, and read by jobs. */
    COMPLETE,
    /** Gone for clients; its bytes are being deleted. */
    DISCARDED;

    public boolean canTransitionTo(UploadState next) {
        return switch (next) {
            case OPEN -> false;
            case COMPLETE -> this == OPEN;
            case DISCARDED -> this != DISCARDED;
        };
    }

    static UploadState parse(String written) {
        return valueOf(written.toUpperCase(Locale.ROOT));
    }

    /** As the API and the database write it. */
    @JsonValue
    public String written() {
        return name().toLowerCase(Locale.ROOT);
    }
}
