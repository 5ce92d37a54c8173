package io.bitstack.registry.key;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a key is for; the gateway says which routes that opens. */
enum Scope {
    ADMIN,
    PUBLISHER,
    VIEWER,
    NODE,
    INFER;

    @JsonValue
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static Scope parse(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
