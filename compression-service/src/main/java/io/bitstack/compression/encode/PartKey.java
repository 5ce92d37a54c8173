package io.bitstack.compression.encode;

import io.bitstack.core.stack.Digest;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A digest of everything that an encoded part depends on, as the key to remember it by. */
final class PartKey {
    /** To be raised with every change of an encoder or of the linear algebra behind it that changes what it makes of the same weights. */
    private static final String REVISION = "encoders 4";

    private static final int PIECE_BYTES = 1 << 20;

    private final MessageDigest digest = Digest.newMessageDigest();

    PartKey(String kind) {
        text(REVISION).text(kind);
    }

    PartKey text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
        return this;
    }

    PartKey numbers(float[] numbers) {
        text("floats " + numbers.length);
        return bytes(MemorySegment.ofArray(numbers));
    }

    PartKey numbers(double[] numbers) {
        text("doubles " + numbers.length);
        return bytes(MemorySegment.ofArray(numbers));
    }

    private PartKey bytes(MemorySegment bytes) {
        byte[] piece = new byte[(int) Math.min(PIECE_BYTES, bytes.byteSize())];
        for (long at = 0; at < bytes.byteSize(); at += piece.length) {
            int count = (int) Math.min(piece.length, bytes.byteSize() - at);
            MemorySegment.copy(bytes, at, MemorySegment.ofArray(piece), 0, count);
            digest.update(piece, 0, count);
        }
        return this;
    }

    String hex() {
        return Digest.ofHash(digest.digest()).hex();
    }
}
