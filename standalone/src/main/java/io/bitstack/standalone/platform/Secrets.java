package io.bitstack.standalone.platform;

import io.bitstack.core.stack.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import tools.jackson.databind.json.JsonMapper;

/** What the services of one JVM share, and the keys made for its user; kept in a file that only the owner can read. */
public record Secrets(String internalToken, String adminKey, String nodeKey) {
    private static final String FILE = "secrets.json";
    private static final int SIZE_BYTES = 32;

    /** The secrets of a data directory. @throws IOException if there are none or they cannot be read */
    public static Secrets read(Path dataDirectory) throws IOException {
        return JsonMapper.shared().readValue(Files.readAllBytes(dataDirectory.resolve(FILE)), Secrets.class);
    }

    public static boolean exist(Path dataDirectory) {
        return Files.isReadable(dataDirectory.resolve(FILE));
    }

    /** Reads the secrets of a data directory, or makes them at its first use. */
    static Secrets readOrMake(Path dataDirectory) throws IOException {
        if (Files.exists(dataDirectory.resolve(FILE))) {
            return read(dataDirectory);
        }
        Secrets made = new Secrets(random(), "bsk_" + random(), "bsk_" + random());
        WholeFile.replace(
                dataDirectory.resolve(FILE),
                ByteBuffer.wrap(JsonMapper.shared().writeValueAsBytes(made)),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return made;
    }

    private static String random() {
        byte[] bytes = new byte[SIZE_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public String toString() {
        return "Secrets[hidden]";
    }
}
