package io.bitstack.compression.source;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.settings.CompressionSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.springframework.stereotype.Component;

/** Keeps every path that a client names below the allowed directories, symbolic links followed. */
@Component
class AllowedPaths {
    private final List<Path> allowed;

    AllowedPaths(CompressionSettings settings) {
        this.allowed = settings.allowedDirectories().stream()
                .map(path -> path.toAbsolutePath().normalize())
                .toList();
    }

    /**
     * The real path behind what a client wrote.
     *
     * @throws CompressionException {@code SOURCE_FORBIDDEN}, also for what does not exist outside the allowed directories, so
     *     that nobody learns what is there; {@code SOURCE_NOT_FOUND}
     */
    Path resolve(String text) {
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException e) {
            throw new CompressionException(ErrorCode.SOURCE_NOT_FOUND, "not a path: " + e.getReason(), e);
        }
        if (!path.isAbsolute() || !isBelowAllowed(path.normalize())) {
            throw forbidden(text);
        }
        Path real = real(path);
        requireBelowRealAllowed(real, text);
        return real;
    }

    /** Refuses a directory that holds a symbolic link to a file outside the allowed directories. */
    void requireContained(Path directory) {
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (Files.isSymbolicLink(file) && Files.exists(file)) {
                    requireBelowRealAllowed(file.toRealPath(), file.toString());
                }
            }
        } catch (IOException e) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FAILED, "%s cannot be read: %s".formatted(directory, e.getMessage()), e);
        }
    }

    private boolean isBelowAllowed(Path normalized) {
        // A path may also be written in its real form where the allowed directory itself is a link.
        return allowed.stream().anyMatch(directory -> normalized.startsWith(directory))
                || allowed.stream()
                        .filter(Files::isDirectory)
                        .anyMatch(directory -> normalized.startsWith(real(directory)));
    }

    private void requireBelowRealAllowed(Path real, String text) {
        boolean contained =
                allowed.stream().filter(Files::isDirectory).anyMatch(directory -> real.startsWith(real(directory)));
        if (!contained) {
            throw forbidden(text);
        }
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (NoSuchFileException e) {
            throw new CompressionException(ErrorCode.SOURCE_NOT_FOUND, "there is nothing at " + path, e);
        } catch (IOException e) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FAILED, "%s cannot be read: %s".formatted(path, e.getMessage()), e);
        }
    }

    private static CompressionException forbidden(String text) {
        return new CompressionException(
                ErrorCode.SOURCE_FORBIDDEN,
                ("'%s' is not below a directory that the operator allowed; move it there, or add its directory to "
                                + "bitstack.compression.allowed-directories")
                        .formatted(text));
    }
}
