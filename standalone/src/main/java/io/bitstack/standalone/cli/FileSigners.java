package io.bitstack.standalone.cli;

import io.bitstack.core.stack.ManifestSignature;
import io.bitstack.core.stack.StackFile;
import io.bitstack.core.stack.StackFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;

/** Whose signature on a file counts. */
final class FileSigners {
    private FileSigners() {}

    /**
     * Comes back if one of the keys signed the file's manifest.
     *
     * @param keys files with a key, in PEM or base64, or the base64 itself
     * @return the name of the key, as the file has it
     * @throws StackFileException if none of them did
     */
    static String require(StackFile file, List<String> keys) throws IOException {
        StackFile.FileSignature signature = file.signature();
        if (signature == null) {
            throw new StackFileException("the file is not signed; export it again from a registry that signs");
        }
        for (PublicKey key : publicKeys(keys)) {
            if (ManifestSignature.verify(file.manifestBytes(), signature.signature(), key)) {
                return signature.keyId();
            }
        }
        throw new StackFileException(
                "the signature (of key %s) is not of a key that was given; do not use the file, or give its key"
                        .formatted(signature.keyId()));
    }

    private static List<PublicKey> publicKeys(List<String> keys) throws IOException {
        List<PublicKey> found = new ArrayList<>();
        for (String key : keys) {
            boolean isFile = key.length() < 1000 && Files.isRegularFile(Path.of(key));
            found.add(ManifestSignature.publicKey(isFile ? Files.readString(Path.of(key)) : key));
        }
        return found;
    }
}
