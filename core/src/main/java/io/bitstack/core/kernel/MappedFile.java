package io.bitstack.core.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file in memory, read-only, which any thread gives back to the system in microseconds. A shared arena would ask every thread of the process, for
 * each mapping, whether it reads at this moment; here whoever closes vouches for it: to read after {@link #close} ends the process.
 */
@SuppressWarnings("restricted") // the one call into the C library that makes this possible
public final class MappedFile implements AutoCloseable {
    /** Null where the system has no such function; a shared arena is used there. */
    private static final @Nullable MethodHandle MUNMAP = Linker.nativeLinker()
            .defaultLookup()
            .find("munmap")
            .map(function -> Linker.nativeLinker()
                    .downcallHandle(
                            function,
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG)))
            .orElse(null);

    private final MemorySegment segment;
    private final @Nullable Arena arena;
    private boolean closed;

    private MappedFile(MemorySegment segment, @Nullable Arena arena) {
        this.segment = segment;
        this.arena = arena;
    }

    /** Maps a whole file, which nobody may write to or shorten meanwhile. */
    public static MappedFile open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (MUNMAP != null && channel.size() > 0) {
                return new MappedFile(map(channel, Arena.global()), null);
            }
            Arena arena = Arena.ofShared();
            try {
                return new MappedFile(map(channel, arena), arena);
            } catch (IOException | RuntimeException e) {
                arena.close();
                throw e;
            }
        }
    }

    private static MemorySegment map(FileChannel channel, Arena arena) throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }

    /** The file's bytes, until {@link #close}. */
    public MemorySegment segment() {
        return segment;
    }

    /** Unmaps the file, once. */
    @Override
    public synchronized void close() {
        if (closed) {
            throw new IllegalStateException("the file is unmapped already");
        }
        closed = true;
        if (arena != null) {
            arena.close();
        } else if (MUNMAP != null) {
            unmap(MUNMAP);
        }
    }

    private void unmap(MethodHandle munmap) {
        int failed;
        try {
            failed = (int) munmap.invokeExact(segment, segment.byteSize());
        } catch (Throwable e) {
            throw new IllegalStateException("munmap could not be called", e);
        }
        if (failed != 0) {
            throw new IllegalStateException("%d bytes could not be unmapped".formatted(segment.byteSize()));
        }
    }
}
