package io.bitstack.gateway.settings;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** The secret that the gateway shows to the services. */
@Component
public class InternalToken {
    private final String token;

    InternalToken(@Value("${bitstack.internal-token:}") String token) {
        if (token.isBlank()) {
            throw new IllegalStateException(
                    "bitstack.internal-token is not set; set BITSTACK_INTERNAL_TOKEN to the secret that the services share");
        }
        this.token = token;
    }

    /** The value of the header {@code Authorization}. */
    public String headerValue() {
        return "Bearer " + token;
    }
}
