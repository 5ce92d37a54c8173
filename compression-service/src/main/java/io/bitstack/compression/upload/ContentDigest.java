package io.bitstack.compression.upload;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.stack.Digest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a client says that a body is: the header {@code Content-Digest} of RFC 9530, of which sha-256 is read. */
record ContentDigest(Digest sha256) {
    private static final Pattern SHA256 = Pattern.compile("(?:^|,)\\s*sha-256=:([A-Za-z0-9+/=]{44}):");

    /** Null where the header is missing or names other algorithms alone. */
    static @Nullable ContentDigest parse(@Nullable String header) {
        Matcher matcher = SHA256.matcher(header == null ? "" : header);
        if (!matcher.find()) {
            return null;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(matcher.group(1));
            return new ContentDigest(Digest.parse("sha256:" + HexFormat.of().formatHex(bytes)));
        } catch (IllegalArgumentException e) {
            throw new CompressionException(
                    ErrorCode.UPLOAD_INVALID, "the header Content-Digest is not sha-256=:<base64>:", e);
        }
    }

    void require(byte[] piece, String name) {
        Digest actual = Digest.of(piece);
        if (!actual.equals(sha256)) {
            throw new CompressionException(
                    ErrorCode.UPLOAD_DAMAGED,
                    "the piece of '%s' arrived as %s and not as %s; send it again".formatted(name, actual, sha256));
        }
    }
}
