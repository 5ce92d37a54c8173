package io.bitstack.core.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.Objects;

/** Writes files that are there whole or not at all, whenever the process or the machine stops. */
public final class WholeFile {
    private WholeFile() {}

    /**
     * Puts a file in the place of the one that is there, if any: written beside it, forced to disk, then renamed. Its folder must exist; the
     * folder's entry is on disk after {@link #forceFolder}.
     *
     * @param content read from its position to its limit; not changed
     * @param rights of the file from the first moment on
     */
    public static void replace(Path file, ByteBuffer content, FileAttribute<?>... rights) throws IOException {
        Path temporary = Files.createTempFile(Objects.requireNonNull(file.getParent()), "new", ".tmp", rights);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer rest = content.duplicate();
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Forces the entries of a folder to disk. */
    public static void forceFolder(Path folder) throws IOException {
        try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }
}
