package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * A file of a hub as its headers describe it.
 *
 * @param etag of the file itself, without quotes: the sha-256 of a large file, git's name of a small one, or something opaque
 */
record RemoteFile(String name, long sizeBytes, String etag) {
    private static final int SHA256_HEX = 64;
    private static final int SHA1_HEX = 40;

    /** @throws CompressionException {@code SOURCE_DAMAGED} if the content is not what the etag names, as far as it says */
    void verify(Path content) throws IOException {
        String hex = etag.toLowerCase(Locale.ROOT);
        boolean isHex = hex.matches("[0-9a-f]+");
        String actual;
        if (isHex && hex.length() == SHA256_HEX) {
            actual = digest("SHA-256", new byte[0], content);
        } else if (isHex && hex.length() == SHA1_HEX) {
            // How git names the content of a file.
            byte[] head = ("blob " + sizeBytes + "\0").getBytes(StandardCharsets.US_ASCII);
            actual = digest("SHA-1", head, content);
        } else {
            return;
        }
        if (!actual.equals(hex)) {
            throw new CompressionException(
                    ErrorCode.SOURCE_DAMAGED,
                    "%s arrived with digest %s, but the hub names %s; it is fetched anew when the job is run again"
                            .formatted(name, actual, hex));
        }
    }

    private static String digest(String algorithm, byte[] head, Path content) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        digest.update(head);
        byte[] buffer = new byte[1 << 20];
        try (InputStream stream = Files.newInputStream(content)) {
            for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
