package io.bitstack.core.stack;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Blobs as files {@code <directory>/ab/cdef…} named by their digest's hex digits. A blob appears whole or not at all: it is
 * written to a temporary file, forced to disk and renamed.
 */
public final class FileBlobStore implements BlobStore, BlobInventory {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    private final Path directory;

    public FileBlobStore(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory).toAbsolutePath();
    }

    @Override
    public Descriptor put(ByteBuffer content) throws IOException {
        Descriptor descriptor = new Descriptor(Digest.of(content), content.remaining());
        Path file = file(descriptor.digest());
        if (Files.exists(file) && Files.size(file) == descriptor.sizeBytes() && refresh(file)) {
            return descriptor;
        }
        Files.createDirectories(file.getParent());
        WholeFile.replace(file, content);
        return descriptor;
    }

    @Override
    public OptionalLong sizeBytes(Digest digest) throws IOException {
        Path file = file(digest);
        return Files.exists(file) ? OptionalLong.of(Files.size(file)) : OptionalLong.empty();
    }

    @Override
    public InputStream open(Digest digest, long offsetBytes, long lengthBytes) throws IOException {
        long size = sizeBytes(digest).orElseThrow(() -> new BlobNotFoundException(digest));
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > size - lengthBytes) {
            throw new IllegalArgumentException("bytes %d to %d do not lie in a blob of %d bytes"
                    .formatted(offsetBytes, offsetBytes + lengthBytes, size));
        }
        FileChannel channel = FileChannel.open(file(digest), StandardOpenOption.READ);
        return new BoundedInputStream(Channels.newInputStream(channel.position(offsetBytes)), lengthBytes);
    }

    /** Files have no URLs that others could fetch. */
    @Override
    public Optional<URI> presignedUrl(Digest digest, Duration validity) {
        return Optional.empty();
    }

    @Override
    public byte[] read(Digest digest, long limitBytes) throws IOException {
        long size = sizeBytes(digest).orElseThrow(() -> new BlobNotFoundException(digest));
        if (size > limitBytes) {
            throw new IllegalArgumentException(
                    "blob %s has %d bytes, more than %d".formatted(digest, size, limitBytes));
        }
        byte[] content = Files.readAllBytes(file(digest));
        Digest actual = Digest.of(content);
        if (!actual.equals(digest)) {
            throw new BlobCorruptException(digest, actual, content.length);
        }
        return content;
    }

    /** Somebody wants it now, so it is as new: a collector looks at the time. False if it was taken away meanwhile. */
    private static boolean refresh(Path file) throws IOException {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    @Override
    public Optional<Stored> find(Digest digest) throws IOException {
        try {
            BasicFileAttributes found = Files.readAttributes(file(digest), BasicFileAttributes.class);
            return Optional.of(
                    new Stored(digest, found.size(), found.lastModifiedTime().toInstant()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void visitAll(Visitor visitor) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(directory, "[0-9a-f][0-9a-f]")) {
            for (Path folder : folders) {
                visitFolder(folder, visitor);
            }
        }
    }

    private void visitFolder(Path folder, Visitor visitor) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String hex = folder.getFileName().toString() + file.getFileName();
                if (HEX.matcher(hex).matches()) {
                    Optional<Stored> blob = find(Digest.parse("sha256:" + hex));
                    if (blob.isPresent()) { // else another collector has taken it meanwhile
                        visitor.visit(blob.get());
                    }
                }
            }
        }
    }

    @Override
    public void delete(Digest digest) throws IOException {
        Files.deleteIfExists(file(digest));
    }

    private Path file(Digest digest) {
        String hex = digest.hex();
        return directory.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }
}
