package io.bitstack.inference.pull;

import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.WholeFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulled blobs as files {@code <directory>/ab/cdef…}. A file is written beside its place, verified as it streams by, forced to
 * disk and renamed; a finished file is never written again. What an interruption leaves behind is taken up where it ended.
 */
final class BlobCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobCache.class);
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Pattern FILE = Pattern.compile("[0-9a-f]{62}");
    private static final String PART = ".part";

    private final Path directory;
    private final long quotaBytes;
    private final CacheLock lock;
    private final CacheIndex index = new CacheIndex();

    /** @param quotaBytes what the finished files may take together; 0 without a bound */
    BlobCache(Path directory, long quotaBytes) throws IOException {
        this.directory = Files.createDirectories(directory.toAbsolutePath());
        this.quotaBytes = quotaBytes;
        this.lock = CacheLock.take(this.directory);
        readIndex();
    }

    private void readIndex() throws IOException {
        try (Stream<Path> files = Files.walk(directory, 2)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                Path folder = Objects.requireNonNull(file.getParent());
                if (folder != null && FILE.matcher(name).matches() && Files.isRegularFile(file)) {
                    Digest digest = Digest.parse("sha256:" + folder.getFileName() + name);
                    index.add(
                            new Descriptor(digest, Files.size(file)),
                            Files.getLastModifiedTime(file).toMillis());
                } else if (name.endsWith(".new")) {
                    Files.delete(file); // of a write that did not end
                }
            }
        }
    }

    /** Whether a finished file of the right length is there. */
    boolean holds(Descriptor blob) {
        if (!index.holds(blob)) {
            return false;
        }
        try {
            if (Files.size(file(blob.digest())) == blob.sizeBytes()) {
                return true;
            }
        } catch (IOException e) {
            LOG.debug("blob {} is not where it was", blob.digest(), e);
        }
        index.remove(blob.digest());
        return false;
    }

    Path file(Digest digest) {
        String hex = digest.hex();
        return directory.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    /** Throws away a file that turned out not to hold what its name says. */
    void discard(Digest digest) throws IOException {
        Files.deleteIfExists(file(digest));
        index.remove(digest);
    }

    /** Everything that is held. */
    List<Descriptor> all() {
        return index.all();
    }

    long usedBytes() {
        return index.usedBytes();
    }

    /** 0 without a bound. */
    long quotaBytes() {
        return quotaBytes;
    }

    /**
     * Says what is of use, the most useful first, and how many of them must stay. Of what no longer is, the file's time says for the next start until when it
     * was.
     */
    void use(List<Digest> byUse, int needed) {
        long nowMillis = System.currentTimeMillis();
        for (Descriptor blob : index.use(byUse, needed, nowMillis)) {
            try {
                Files.setLastModifiedTime(file(blob.digest()), FileTime.fromMillis(nowMillis));
            } catch (NoSuchFileException e) {
                LOG.debug("blob {} was given up meanwhile", blob.digest());
            } catch (IOException e) {
                LOG.warn("after a restart blob {} will seem to be longer unused than it is", blob.digest(), e);
            }
        }
    }

    /**
     * Sees to it that so many bytes can be written: gives up what is of the least use where the quota asks for that.
     *
     * @throws IOException if the quota or the disk does not hold them
     */
    synchronized void makeRoom(long bytes) throws IOException {
        if (quotaBytes > 0) {
            long over = index.usedBytes() + bytes - quotaBytes;
            if (over > 0) {
                long freed = 0;
                for (Descriptor blob : index.toGiveUp(over)) {
                    discard(blob.digest());
                    freed += blob.sizeBytes();
                }
                LOG.info("{} bytes of the cache were given up for others", freed);
                if (freed < over) {
                    throw new IOException(
                            "the cache's quota of %d bytes is %d bytes too small; raise bitstack.node.cache-quota-bytes"
                                    .formatted(quotaBytes, over - freed));
                }
            }
        }
        long usable = Files.getFileStore(directory).getUsableSpace();
        if (bytes > usable) {
            throw new IOException(
                    "the cache's disk has room for %d bytes, but %d are to be pulled; free %d bytes or set "
                                    .formatted(usable, bytes, bytes - usable)
                            + "bitstack.node.cache-directory to a larger disk");
        }
    }

    /**
     * Takes a small blob whose bytes have been verified. Its folder is to be forced by {@link #force}.
     *
     * @return its folder
     */
    Path put(Descriptor blob, byte[] content) throws IOException {
        Path file = file(blob.digest());
        Path folder = Objects.requireNonNull(file.getParent());
        Files.createDirectories(folder);
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                write(channel, content, content.length);
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        index.add(blob, System.currentTimeMillis());
        return folder;
    }

    /** Forces the entries of folders to disk. */
    static void force(Set<Path> folders) throws IOException {
        for (Path folder : new TreeSet<>(folders)) {
            WholeFile.forceFolder(folder);
        }
    }

    /**
     * Makes the cache hold a blob; does nothing if it does. One thread a digest.
     *
     * @throws BlobCorruptException if other bytes came; nothing of them is kept
     * @throws IOException if the source or the disk failed; what came so far is kept for the next try
     */
    void receive(Descriptor blob, BlobFetcher fetcher) throws IOException {
        if (holds(blob)) {
            return;
        }
        Path file = file(blob.digest());
        Path folder = Objects.requireNonNull(file.getParent());
        Files.createDirectories(folder);
        Path part = file.resolveSibling(file.getFileName() + PART);
        MessageDigest hash = Digest.newMessageDigest();
        try (FileChannel channel =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() >= blob.sizeBytes()) {
                channel.truncate(0);
            }
            hashWhatIsThere(channel, hash);
            if (channel.position() < blob.sizeBytes()) {
                try (InputStream in = fetcher.open(blob, channel.position())) {
                    append(in, channel, hash, blob);
                }
            }
            channel.force(true);
        }
        Digest actual = Digest.ofHash(hash.digest());
        if (!actual.equals(blob.digest())) {
            Files.delete(part);
            throw new BlobCorruptException(blob.digest(), actual, blob.sizeBytes());
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(Set.of(folder));
        index.add(blob, System.currentTimeMillis());
    }

    private static void hashWhatIsThere(FileChannel channel, MessageDigest hash) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(buffer) > 0) {
            hash.update(buffer.flip());
            buffer.clear();
        }
    }

    private static void append(InputStream in, FileChannel channel, MessageDigest hash, Descriptor blob)
            throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        while (channel.position() < blob.sizeBytes()) {
            int wanted = (int) Math.min(buffer.length, blob.sizeBytes() - channel.position());
            int read = in.read(buffer, 0, wanted);
            if (read < 0) {
                throw new EOFException("blob %s ended after %d of %d bytes"
                        .formatted(blob.digest(), channel.position(), blob.sizeBytes()));
            }
            hash.update(buffer, 0, read);
            write(channel, buffer, read);
        }
    }

    private static void write(FileChannel channel, byte[] bytes, int length) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes, 0, length);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
