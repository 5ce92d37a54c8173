package io.bitstack.inference.security;

import io.bitstack.inference.settings.NodeSettings;
import java.security.SecureRandom;
import java.util.Base64;
import org.springframework.stereotype.Component;

/** What the gateway must show to this node. */
@Component
public final class AccessToken {
    private static final int SIZE_BYTES = 32;

    private final String value;

    AccessToken(NodeSettings settings) {
        this.value = settings.accessToken().isBlank() ? random() : settings.accessToken();
    }

    public String value() {
        return value;
    }

    private static String random() {
        byte[] bytes = new byte[SIZE_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public String toString() {
        return "AccessToken[hidden]";
    }
}
