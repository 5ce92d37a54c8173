package io.bitstack.inference.trust;

import io.bitstack.core.stack.KeyEndorsement;
import io.bitstack.core.stack.ManifestSignature;
import io.bitstack.core.stack.StackFile;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Signs as the registry does, and lists its key as that does. */
public final class TestSigner {
    private final String id;
    private final KeyPair pair;
    private final @Nullable TestSigner older;
    public volatile String state = "active";

    public TestSigner(String id) {
        this(id, null);
    }

    /** @param older vouches for this one */
    public TestSigner(String id, @Nullable TestSigner older) {
        this.id = id;
        this.older = older;
        try {
            this.pair =
                    KeyPairGenerator.getInstance(ManifestSignature.ALGORITHM).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public String publicKey() {
        return base64(pair.getPublic().getEncoded());
    }

    String key() {
        String endorsed = older == null
                ? ""
                : ",\"endorsedBy\":\"%s\",\"endorsement\":\"%s\""
                        .formatted(older.id, base64(KeyEndorsement.sign(pair.getPublic(), older.pair.getPrivate())));
        return "{\"id\":\"%s\",\"algorithm\":\"Ed25519\",\"publicKey\":\"%s\",\"state\":\"%s\"%s}"
                .formatted(id, publicKey(), state, endorsed);
    }

    /** As {@code GET /signing-keys} answers. */
    public String keys() {
        return "[" + key() + "]";
    }

    /** As {@code GET /stacks/…/signatures} answers. */
    public String signatures(byte[] manifest) {
        return "[{\"keyId\":\"%s\",\"publicKey\":\"%s\",\"signature\":\"%s\"}]"
                .formatted(id, publicKey(), base64(ManifestSignature.sign(manifest, pair.getPrivate())));
    }

    /** The file of a manifest, signed. */
    public StackFile file(byte[] manifest) {
        return StackFile.of(
                manifest, new StackFile.FileSignature(id, ManifestSignature.sign(manifest, pair.getPrivate())));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
