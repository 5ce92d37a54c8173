package io.bitstack.core.stack;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The sha-256 of a blob's bytes, written {@code sha256:<64 lower-case hex digits>}. The only name a blob has. */
public final class Digest implements Comparable<Digest> {
    private static final String PREFIX = "sha256:";
    private static final int SIZE_BYTES = 32;

    private final byte[] bytes;

    private Digest(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Reads the written form; anything else, upper case included, is refused. */
    @JsonCreator
    public static Digest parse(String text) {
        if (text.length() != PREFIX.length() + 2 * SIZE_BYTES || !text.startsWith(PREFIX)) {
            throw new IllegalArgumentException("not a digest (sha256:<64 hex digits>): " + abbreviate(text));
        }
        String hex = text.substring(PREFIX.length());
        for (int i = 0; i < hex.length(); i++) {
            char c = hex.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                throw new IllegalArgumentException("not a digest (sha256:<64 hex digits>): " + abbreviate(text));
            }
        }
        return new Digest(HexFormat.of().parseHex(hex));
    }

    public static Digest of(byte[] content) {
        return new Digest(newMessageDigest().digest(content));
    }

    /** Digests the remaining bytes; the buffer's position is left as it is. */
    public static Digest of(ByteBuffer content) {
        MessageDigest digest = newMessageDigest();
        digest.update(content.duplicate());
        return new Digest(digest.digest());
    }

    /** Takes what a finished sha-256 computation returned. */
    public static Digest ofHash(byte[] hash) {
        if (hash.length != SIZE_BYTES) {
            throw new IllegalArgumentException("a sha-256 has 32 bytes, not " + hash.length);
        }
        return new Digest(hash.clone());
    }

    /** A new sha-256 computation, for bytes that stream by. */
    public static MessageDigest newMessageDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The 64 hex digits alone, for file names and object keys. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public int compareTo(Digest other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Digest digest && Arrays.equals(bytes, digest.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @JsonValue
    @Override
    public String toString() {
        return PREFIX + hex();
    }

    private static String abbreviate(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
