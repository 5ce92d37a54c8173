package io.bitstack.inference.pull;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps a cache directory to one process; the system lets go of the lock when that ends, however it ends. */
final class CacheLock implements AutoCloseable {
    private final FileChannel channel;

    private CacheLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws IllegalStateException if another node uses the directory */
    static CacheLock take(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                Files.createDirectories(directory).resolve(".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        boolean taken = false;
        try {
            taken = lock(channel) != null;
            if (!taken) {
                throw new IllegalStateException(
                        "the cache directory %s is in use by another node; give each node a bitstack.node.cache-directory of its own"
                                .formatted(directory));
            }
            return new CacheLock(channel);
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // of this very process
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
