package io.bitstack.inference.trust;

import io.bitstack.core.stack.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Small files that are there whole or not at all, also after a crash. */
final class KeptFiles {
    private final Path directory;

    KeptFiles(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory.toAbsolutePath());
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    Optional<byte[]> read(String name) throws IOException {
        try {
            return Optional.of(Files.readAllBytes(path(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    void write(String name, byte[] content) throws IOException {
        WholeFile.replace(path(name), ByteBuffer.wrap(content));
        WholeFile.forceFolder(directory);
    }
}
