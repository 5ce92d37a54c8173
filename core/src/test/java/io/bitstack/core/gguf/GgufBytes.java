package io.bitstack.core.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Puts GGUF files together byte by byte, right and wrong ones. */
public final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A file's beginning. */
    public static GgufBytes start(long tensors, long entries) {
        return new GgufBytes().raw("GGUF").word32(3).word64(tensors).word64(entries);
    }

    public GgufBytes raw(String ascii) {
        out.writeBytes(ascii.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public GgufBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    public GgufBytes word32(int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    public GgufBytes word64(long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    public GgufBytes text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return word64(bytes.length).raw(bytes);
    }

    public GgufBytes entry(String key, String value) {
        return text(key).word32(8).text(value);
    }

    public GgufBytes entry(String key, int value) {
        return text(key).word32(4).word32(value);
    }

    public GgufBytes entry(String key, float value) {
        return text(key).word32(6).word32(Float.floatToIntBits(value));
    }

    /** A list whose elements follow. */
    public GgufBytes list(String key, int type, long count) {
        return text(key).word32(9).word32(type).word64(count);
    }

    /** @param dimensions innermost first, as in the file */
    public GgufBytes tensor(String name, int type, long offset, long... dimensions) {
        text(name).word32(dimensions.length);
        for (long dimension : dimensions) {
            word64(dimension);
        }
        return word32(type).word64(offset);
    }

    /** Pads to the next multiple of 32 bytes. */
    public GgufBytes pad() {
        return raw(new byte[(32 - out.size() % 32) % 32]);
    }

    public byte[] bytes() {
        return out.toByteArray();
    }
}
