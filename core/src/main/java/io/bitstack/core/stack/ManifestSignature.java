package io.bitstack.core.stack;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/**
 * Ed25519 over a manifest's exact bytes, after a prefix that keeps the signature from meaning anything else. Since the manifest names
 * every blob by its digest, it signs the whole stack.
 */
public final class ManifestSignature {
    public static final String ALGORITHM = Ed25519.ALGORITHM;

    private static final Ed25519 MANIFESTS = new Ed25519("bitstack/1 manifest");

    private ManifestSignature() {}

    public static byte[] sign(byte[] manifest, PrivateKey key) {
        return MANIFESTS.sign(manifest, key);
    }

    /** Whether the owner of the key signed exactly these bytes. */
    public static boolean verify(byte[] manifest, byte[] signature, PublicKey key) {
        return MANIFESTS.verify(manifest, signature, key);
    }

    /** @param text base64 of the X.509 form, with or without the lines of a PEM file around it */
    public static PublicKey publicKey(String text) {
        String base64 = text.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        try {
            return KeyFactory.getInstance(ALGORITHM)
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException("not an Ed25519 public key in base64 (X.509) or PEM form", e);
        }
    }
}
