package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.source.ModelFile;
import io.bitstack.core.source.ModelFiles;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/** Files of a model that stay where they are: what is read of them comes in blocks, through a cache. */
final class RangedFiles implements ModelFiles {
    private static final int BUFFER_BYTES = 1 << 18;

    private final RangedOrigin origin;
    private final BlockCache cache;
    private final Tries tries;
    private final int blockBytes;
    private final NavigableMap<String, RemoteFile> files = new TreeMap<>();

    /** @param blockBytes that are fetched at a time */
    RangedFiles(RangedOrigin origin, List<RemoteFile> files, BlockCache cache, Tries tries, int blockBytes) {
        this.origin = origin;
        this.cache = cache;
        this.tries = tries;
        this.blockBytes = blockBytes;
        files.forEach(file -> this.files.put(file.name(), file));
    }

    @Override
    public String place() {
        return origin.name();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableNavigableSet(files.navigableKeySet());
    }

    @Override
    public boolean has(String name) {
        return files.containsKey(name);
    }

    @Override
    public ModelFile open(String name) throws IOException {
        RemoteFile file = files.get(name);
        if (file == null) {
            throw new IOException("%s has no %s".formatted(place(), name));
        }
        return new RangedFile(file);
    }

    /** Fetches a block, going on where it broke off. */
    private void fetch(RemoteFile file, long start, int sizeBytes, FileChannel out) {
        tries.make(file.name(), () -> {
            long held = out.position();
            if (held == sizeBytes) {
                return; // what failed came after the last byte
            }
            try (InputStream in = origin.open(file, start + held, sizeBytes - held)) {
                copy(in, out, sizeBytes);
            }
        });
    }

    private void copy(InputStream in, FileChannel out, int sizeBytes) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            tries.requireNotCancelled();
            if (out.position() + count > sizeBytes) {
                throw new IOException("more than the %d bytes that were asked for came".formatted(sizeBytes));
            }
            write(ByteBuffer.wrap(buffer, 0, count), out);
        }
        if (out.position() < sizeBytes) {
            throw new IOException("the body ended after %d of %d bytes".formatted(out.position(), sizeBytes));
        }
    }

    /** What the disk refuses, the server is not asked for again. */
    private static void write(ByteBuffer bytes, FileChannel out) {
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (ClosedByInterruptException e) {
            throw new CancellationException("interrupted while fetching");
        } catch (IOException e) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FAILED, "a block could not be written: " + e.getMessage(), e);
        }
    }

    private final class RangedFile implements ModelFile {
        private final RemoteFile file;
        /** Of this content: another one has blocks of other names. */
        private final String blocks;

        RangedFile(RemoteFile file) {
            this.file = file;
            this.blocks = Digest.of((file.name() + "\0" + file.etag()).getBytes(StandardCharsets.UTF_8))
                    .hex();
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public long sizeBytes() {
            return file.sizeBytes();
        }

        @Override
        public boolean isInPlace() {
            return false;
        }

        @Override
        public MemorySegment range(long offsetBytes, long lengthBytes) {
            Objects.checkFromIndexSize(offsetBytes, lengthBytes, file.sizeBytes());
            ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(lengthBytes));
            while (out.position() < lengthBytes) {
                long at = offsetBytes + out.position();
                long start = at / blockBytes * blockBytes;
                int sizeBytes = (int) Math.min(blockBytes, file.sizeBytes() - start);
                int within = (int) (at - start);
                out.limit((int) Math.min(lengthBytes, out.position() + (long) sizeBytes - within));
                cache.read(
                        "%s-%d".formatted(blocks, start / blockBytes),
                        sizeBytes,
                        within,
                        out,
                        channel -> fetch(file, start, sizeBytes, channel));
            }
            return MemorySegment.ofArray(out.array());
        }

        @Override
        public void close() {
            // Nothing is kept open.
        }
    }
}
