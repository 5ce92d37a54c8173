package io.bitstack.registry.webhook;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How far a delivery is. */
enum DeliveryState {
    /** It is sent when its time comes, again and again if need be. */
    PENDING,
    /** The receiver answered with a status of 2xx. */
    DELIVERED,
    /** It was tried as often as it is. */
    FAILED;

    /** A delivery that was given up, or was made, is made pending again by a redelivery. */
    boolean canTransitionTo(DeliveryState next) {
        return this == PENDING ? next != PENDING : next == PENDING;
    }

    @JsonValue
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static DeliveryState parse(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
