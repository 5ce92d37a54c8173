package io.bitstack.inference.trust;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.bitstack.core.stack.ManifestSignature;
import java.util.Base64;
import java.util.Collection;

/** A signature of a manifest. Whose key it is says only the key that verifies it. */
@JsonIgnoreProperties(ignoreUnknown = true)
record ListedSignature(String keyId, String signature) {
    boolean isOf(byte[] manifest, Collection<String> publicKeys) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(signature);
        } catch (IllegalArgumentException e) {
            return false;
        }
        return publicKeys.stream()
                .anyMatch(key -> ManifestSignature.verify(manifest, bytes, ManifestSignature.publicKey(key)));
    }
}
