package io.bitstack.compression.upload;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.stack.BoundedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/** Uploads as directories of files that grow in place. Jobs read them where they lie. */
final class DirectoryContent implements UploadContent {
    private final Path root;

    DirectoryContent(Path root) {
        this.root = root.toAbsolutePath();
    }

    @Override
    public boolean append(UUID upload, UploadFile file, byte[] piece, Commit commit) throws IOException {
        Path directory = Files.createDirectories(root.resolve(upload.toString()));
        try (FileChannel channel = FileChannel.open(
                        directory.resolve(file.name()), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (lock == null) {
                throw busy(file.name());
            }
            // Under the lock: who held it before may have written here and said so.
            if (!commit.isCurrent()) {
                return false;
            }
            ByteBuffer left = ByteBuffer.wrap(piece);
            long at = file.offsetBytes();
            while (left.hasRemaining()) {
                at += channel.write(left, at);
            }
            channel.force(true);
            return commit.commit(null);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static CompressionException busy(String name) {
        return new CompressionException(
                ErrorCode.UPLOAD_BUSY,
                "another piece of '%s' is being written; ask for its offset and go on".formatted(name));
    }

    @Override
    public void reset(UUID upload, String name, Change change) throws IOException {
        Path file = root.resolve(upload.toString()).resolve(name);
        if (!Files.exists(file)) {
            change.make();
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (lock == null) {
                throw busy(name);
            }
            change.make();
            channel.truncate(0);
        }
    }

    @Override
    public void finish(Upload upload) throws IOException {
        Path directory = Files.createDirectories(root.resolve(upload.id().toString()));
        for (UploadFile file : upload.files()) {
            Path path = directory.resolve(file.name());
            if (file.sizeBytes() == 0 && !Files.exists(path)) {
                Files.createFile(path);
            }
            long heldBytes = Files.exists(path) ? Files.size(path) : 0;
            if (heldBytes != file.sizeBytes()) {
                throw new IOException("%s has %d bytes where %d were written; send the file anew"
                        .formatted(path, heldBytes, file.sizeBytes()));
            }
        }
    }

    @Override
    public InputStream open(UUID upload, UploadFile file, long fromBytes, long lengthBytes) throws IOException {
        FileChannel channel =
                FileChannel.open(root.resolve(upload.toString()).resolve(file.name()), StandardOpenOption.READ);
        return new BoundedInputStream(Channels.newInputStream(channel.position(fromBytes)), lengthBytes);
    }

    @Override
    public boolean isDirect() {
        return false;
    }

    @Override
    public Optional<Path> directory(UUID upload) {
        return Optional.of(root.resolve(upload.toString()));
    }

    @Override
    public long roomBytes() throws IOException {
        return Files.getFileStore(Files.createDirectories(root)).getUsableSpace();
    }

    /** Whoever else deletes it at the same time, a client or the sweep: it is gone when this returns. */
    @Override
    public void delete(UUID upload) throws IOException {
        Path directory = root.resolve(upload.toString());
        while (Files.exists(directory)) {
            try {
                FileSystemUtils.deleteRecursively(directory);
            } catch (NoSuchFileException e) {
                // Somebody else was faster with this file, so there are fewer left each time.
            }
        }
    }

    @Override
    public Optional<URI> urlFor(UUID upload, String name, UUID piece) {
        return Optional.empty();
    }

    @Override
    public boolean adopt(UUID upload, String name, UUID piece, long sizeBytes, Commit commit) {
        return false;
    }
}
