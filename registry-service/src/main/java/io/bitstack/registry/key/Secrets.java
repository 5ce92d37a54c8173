package io.bitstack.registry.key;

import io.bitstack.core.stack.Digest;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** Makes what only its holder knows. A secret has 256 random bits, so a plain hash of it cannot be searched. */
final class Secrets {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final int PREFIX_BYTES = 4;

    private Secrets() {}

    static String secret() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
    }

    static String id() {
        return HexFormat.of().formatHex(bytes(ID_BYTES));
    }

    /** Eight characters that tell keys apart. */
    static String prefix() {
        return HexFormat.of().formatHex(bytes(PREFIX_BYTES));
    }

    static String hash(String secret) {
        return Digest.of(secret.getBytes(StandardCharsets.UTF_8)).hex();
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
