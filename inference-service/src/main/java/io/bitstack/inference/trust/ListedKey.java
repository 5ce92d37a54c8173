package io.bitstack.inference.trust;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.bitstack.core.stack.KeyEndorsement;
import io.bitstack.core.stack.ManifestSignature;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A signing key as the registry lists it. */
@JsonIgnoreProperties(ignoreUnknown = true)
record ListedKey(
        String id,
        String publicKey,
        String state,
        @Nullable String endorsedBy,
        @Nullable String endorsement) {
    boolean isRevoked() {
        return state.equals("revoked");
    }

    /** Whether an older key vouches for this one. */
    boolean isEndorsedBy(String olderPublicKey) {
        return endorsement != null
                && KeyEndorsement.verify(
                        ManifestSignature.publicKey(publicKey),
                        Base64.getDecoder().decode(endorsement),
                        ManifestSignature.publicKey(olderPublicKey));
    }
}
