package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/**
 * Blocks of files that lie elsewhere, on this machine's disk: those that were read last, of so many bytes together, and fewer where the disk has no room. A
 * block is a file of its own, which appears whole and stays for the next run. What another process deletes is fetched again. Safe for many threads.
 */
final class BlockCache {
    /** Kept free on the disk. */
    static final long SPARE_BYTES = 256L << 20;

    private static final String BLOCK = ".block";
    private static final int LOCKS = 64;

    /** A block that nobody has written to for so long is not being written. */
    private static final Duration ABANDONED = Duration.ofMinutes(10);

    /** Gets a block's bytes from where they are. */
    interface Fetch {
        void to(FileChannel out);
    }

    private final Path directory;
    private final long mostBytes;
    private final Object[] locks = new Object[LOCKS];
    /** Lengths by name, the one that was read last at the end. Guarded by itself, as is their sum. */
    private final Map<String, Long> held = new LinkedHashMap<>(16, 0.75f, true);

    private long heldBytes;

    /** @param directory has the blocks of runs before, and nothing else */
    BlockCache(Path directory, long mostBytes) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.mostBytes = mostBytes;
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new Object();
        }
        find();
    }

    private record Found(String name, long sizeBytes, FileTime time) {}

    /** What is there already, the oldest first; what a killed run was writing is deleted, what somebody may be writing is not. */
    private void find() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.toList();
        }
        Instant abandoned = Instant.now().minus(ABANDONED);
        Stream.Builder<Found> found = Stream.builder();
        for (Path file : files) {
            String name = file.getFileName().toString();
            try {
                if (name.endsWith(BLOCK)) {
                    found.add(new Found(name, Files.size(file), Files.getLastModifiedTime(file)));
                } else if (Files.getLastModifiedTime(file).toInstant().isBefore(abandoned)) {
                    Files.delete(file);
                }
            } catch (NoSuchFileException e) {
                // Another process of this machine was faster.
            }
        }
        found.build().sorted(Comparator.comparing(Found::time)).forEach(block -> note(block.name(), block.sizeBytes()));
    }

    /**
     * Copies bytes of a block, which is fetched first if it is not there.
     *
     * @param block names the block and its content
     * @param sizeBytes the block's length
     * @throws CompressionException {@code STORAGE_FULL} if there is no room for a block, {@code STORAGE_FAILED} if the disk refuses otherwise
     */
    void read(String block, int sizeBytes, int offsetBytes, ByteBuffer into, Fetch fetch) {
        String name = block + BLOCK;
        try {
            while (!copied(name, sizeBytes, offsetBytes, into)) {
                synchronized (locks[Math.floorMod(name.hashCode(), LOCKS)]) {
                    if (!Files.exists(directory.resolve(name))) {
                        store(name, sizeBytes, fetch);
                    }
                }
            }
        } catch (ClosedByInterruptException e) {
            throw new CancellationException("interrupted while reading");
        } catch (IOException e) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FAILED, "a block in %s: %s".formatted(directory, e.getMessage()), e);
        }
    }

    /** Whether the block was there. */
    private boolean copied(String name, int sizeBytes, int offsetBytes, ByteBuffer into) throws IOException {
        int start = into.position();
        try (FileChannel channel = FileChannel.open(directory.resolve(name), StandardOpenOption.READ)) {
            if (channel.size() != sizeBytes) {
                Files.delete(directory.resolve(name));
                return false;
            }
            long at = offsetBytes;
            while (into.hasRemaining()) {
                int count = channel.read(into, at);
                if (count < 0) {
                    throw new IOException("%s ended within the block".formatted(name));
                }
                at += count;
            }
        } catch (NoSuchFileException e) {
            into.position(start);
            return false;
        }
        synchronized (held) {
            held.get(name);
        }
        return true;
    }

    private void store(String name, int sizeBytes, Fetch fetch) throws IOException {
        makeRoom(sizeBytes);
        Path part = directory.resolve(name + "." + UUID.randomUUID());
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                fetch.to(out);
                if (out.size() != sizeBytes) {
                    throw new IOException("%d bytes came of %d".formatted(out.size(), sizeBytes));
                }
                out.force(false);
            }
            Files.move(part, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        note(name, sizeBytes);
        forget(0);
    }

    private void note(String name, long sizeBytes) {
        synchronized (held) {
            Long before = held.put(name, sizeBytes);
            heldBytes += sizeBytes - (before == null ? 0 : before);
        }
    }

    /** Deletes the blocks that were read longest ago until there is room for another one. */
    private void makeRoom(int sizeBytes) throws IOException {
        forget(sizeBytes);
        while (Files.getFileStore(directory).getUsableSpace() < SPARE_BYTES + sizeBytes) {
            if (!forgetOldest()) {
                throw new CompressionException(
                        ErrorCode.STORAGE_FULL,
                        "%s has no room for a block of %d bytes beside the %d that are kept free"
                                .formatted(directory, sizeBytes, SPARE_BYTES));
            }
        }
    }

    private void forget(int comingBytes) throws IOException {
        boolean more = true;
        while (more && tooMany(comingBytes)) {
            more = forgetOldest();
        }
    }

    private boolean tooMany(int comingBytes) {
        synchronized (held) {
            return heldBytes + comingBytes > mostBytes;
        }
    }

    private boolean forgetOldest() throws IOException {
        String name;
        synchronized (held) {
            Iterator<Map.Entry<String, Long>> oldest = held.entrySet().iterator();
            if (!oldest.hasNext()) {
                return false;
            }
            Map.Entry<String, Long> block = oldest.next();
            name = block.getKey();
            heldBytes -= block.getValue();
            oldest.remove();
        }
        Files.deleteIfExists(directory.resolve(name));
        return true;
    }
}
