package io.bitstack.core.stack;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/**
 * Ed25519 for one purpose: a line before the content keeps a signature of one kind of thing from meaning another one.
 *
 * @param purpose such as {@code bitstack/1 manifest}
 */
record Ed25519(String purpose) {
    static final String ALGORITHM = "Ed25519";

    byte[] sign(byte[] content, PrivateKey key) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            update(signature, content);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the key cannot sign: " + e.getMessage(), e);
        }
    }

    boolean verify(byte[] content, byte[] signature, PublicKey key) {
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key);
            update(verifier, content);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private void update(Signature signature, byte[] content) throws GeneralSecurityException {
        signature.update((purpose + "\n").getBytes(StandardCharsets.US_ASCII));
        signature.update(content);
    }
}
