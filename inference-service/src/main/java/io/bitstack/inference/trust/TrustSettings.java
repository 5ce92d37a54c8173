package io.bitstack.inference.trust;

import io.bitstack.core.stack.ManifestSignature;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code bitstack.node.signatures}.
 *
 * @param required whether stacks that no trusted key signed are refused
 * @param trustedKeys the public keys that are trusted, base64 of the X.509 form; without any, those that the gateway lists when the node
 *     first asks, and their successors
 */
@ConfigurationProperties("bitstack.node.signatures")
record TrustSettings(
        @DefaultValue("true") boolean required,
        @DefaultValue List<String> trustedKeys) {
    TrustSettings {
        trustedKeys = trustedKeys.stream().filter(key -> !key.isBlank()).toList();
        for (String key : trustedKeys) {
            try {
                ManifestSignature.publicKey(key);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "bitstack.node.signatures.trusted-keys: '%s' is %s".formatted(key, e.getMessage()), e);
            }
        }
    }
}
