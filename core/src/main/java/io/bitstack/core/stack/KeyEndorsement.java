package io.bitstack.core.stack;

import java.security.PrivateKey;
import java.security.PublicKey;

/**
 * Ed25519 over another Ed25519 key: whoever trusts the older key may trust the newer one, which the older one's owner made. So keys can
 * change without anybody being told of it some other way.
 */
public final class KeyEndorsement {
    private static final Ed25519 KEYS = new Ed25519("bitstack/1 signing key");

    private KeyEndorsement() {}

    /** @param older the private key that was active until now */
    public static byte[] sign(PublicKey newer, PrivateKey older) {
        return KEYS.sign(newer.getEncoded(), older);
    }

    /** Whether the owner of the older key vouched for exactly this newer one. */
    public static boolean verify(PublicKey newer, byte[] endorsement, PublicKey older) {
        return KEYS.verify(newer.getEncoded(), endorsement, older);
    }
}
