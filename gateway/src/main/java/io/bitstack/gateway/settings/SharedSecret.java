package io.bitstack.gateway.settings;

import io.bitstack.service.ServiceApi;
import io.bitstack.service.access.InternalTokens;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** The secret that the services share; it is never sent, but signs. */
@Component
public class SharedSecret {
    private final byte[] secret;
    private final InternalTokens tokens;

    SharedSecret(@Value("${bitstack.internal-token:}") String secret) {
        this.tokens = ServiceApi.tokens(secret);
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
    }

    /** Signs requests to the services. */
    public InternalTokens tokens() {
        return tokens;
    }

    /** A key of 256 bits for one purpose of the gateway alone. */
    public byte[] key(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(("bitstack gateway " + purpose).getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }
}
