package io.bitstack.registry.version;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** MLflow's stages, which its clients still move versions between; nothing here is decided by them but {@link #ARCHIVED}. */
public enum Stage {
    NONE("None"),
    STAGING("Staging"),
    PRODUCTION("Production"),
    ARCHIVED("Archived");

    private final String text;

    Stage(String text) {
        this.text = text;
    }

    /** As MLflow writes it. */
    public String text() {
        return text;
    }

    /** Versions of these stages count as in use. */
    public boolean isActive() {
        return this == STAGING || this == PRODUCTION;
    }

    /** Reads a stage in any case, as MLflow does. */
    public static Optional<Stage> of(String text) {
        return Stream.of(values())
                .filter(stage -> stage.text.toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT)))
                .findFirst();
    }
}
