package io.bitstack.core.source;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is in memory, or mapped into it. */
public final class PlacedFile implements ModelFile {
    private final String name;
    private final MemorySegment content;
    private final Runnable whenClosed;

    private PlacedFile(String name, MemorySegment content, Runnable whenClosed) {
        this.name = name;
        this.content = content;
        this.whenClosed = whenClosed;
    }

    /** Content that is in memory already, used in place: it must stay alive and unchanged. */
    public static PlacedFile of(String name, MemorySegment content) {
        return new PlacedFile(name, content, () -> {});
    }

    static PlacedFile mapped(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new PlacedFile(file.getFileName().toString(), content, arena::close);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long sizeBytes() {
        return content.byteSize();
    }

    @Override
    public boolean isInPlace() {
        return true;
    }

    @Override
    public MemorySegment range(long offsetBytes, long lengthBytes) {
        return content.asSlice(offsetBytes, lengthBytes);
    }

    @Override
    public void close() {
        whenClosed.run();
    }
}
