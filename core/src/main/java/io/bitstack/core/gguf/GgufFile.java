package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model in GGUF, one file or the parts it is split over, mapped into memory, whose headers have been checked in full: bounded metadata, known
 * types, shapes that agree with byte ranges, and ranges that tile the data with no more than padding between them. Segments die with {@link #close()}.
 * Safe for many threads.
 */
public final class GgufFile implements AutoCloseable {
    private final GgufParts parts;
    private final @Nullable Arena arena;
    private final List<Path> paths;
    private final Map<String, MemorySegment> contents = new HashMap<>();

    private GgufFile(GgufParts parts, @Nullable Arena arena, List<Path> paths) {
        this.parts = parts;
        this.arena = arena;
        this.paths = paths;
        parts.parts().forEach(part -> contents.put(part.source(), part.content()));
    }

    /** Whether a path is a file that starts as GGUF files do. */
    public static boolean isGguf(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer magic = ByteBuffer.allocate(4);
            while (magic.hasRemaining() && channel.read(magic) >= 0) {
                // until it is full or the file ends
            }
            return new String(magic.array(), StandardCharsets.ISO_8859_1).equals("GGUF");
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /**
     * Opens and checks a model.
     *
     * @param file its only file, or any of its parts, whose others lie beside it
     * @throws GgufException if anything about it is wrong
     */
    public static GgufFile open(Path file) {
        Arena arena = Arena.ofShared();
        try {
            GgufPart part = map(file, arena);
            if (part.parts() == 1) {
                return new GgufFile(GgufParts.of(part), arena, List.of(file));
            }
            List<Path> paths = partPaths(file, part);
            List<GgufPart> all = new ArrayList<>();
            for (Path path : paths) {
                all.add(path.equals(file) ? part : map(path, arena));
            }
            return new GgufFile(GgufParts.joined(all), arena, paths);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static GgufPart map(Path file, Arena arena) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return GgufPart.read(content, file.getFileName().toString());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Where all parts of the model are that a file is a part of, by its name. */
    private static List<Path> partPaths(Path file, GgufPart part) {
        GgufPartName name = GgufPartName.of(part.source()).orElseThrow(() -> split(part));
        if (name.count() != part.parts()) {
            throw new GgufException(
                    SPLIT_FILE,
                    "%s says that it is one of %d files, its name says %d"
                            .formatted(part.source(), part.parts(), name.count()));
        }
        List<Path> paths = name.all().stream().map(file::resolveSibling).toList();
        List<String> missing = paths.stream()
                .filter(path -> !Files.isRegularFile(path))
                .map(path -> path.getFileName().toString())
                .toList();
        if (!missing.isEmpty()) {
            throw new GgufException(
                    SPLIT_FILE,
                    "%s is one of %d files that hold the model together; missing beside it: %s"
                            .formatted(part.source(), part.parts(), String.join(", ", missing)));
        }
        return paths;
    }

    private static GgufException split(GgufPart part) {
        return new GgufException(
                SPLIT_FILE,
                "%s is one of %d files that hold the model together, but is not called so that the others can be found (NAME-00001-of-%05d.gguf)"
                        .formatted(part.source(), part.parts(), part.parts()));
    }

    /** Reads and checks content that is in memory already. */
    static GgufFile parse(byte[] content, String source) {
        GgufPart part = GgufPart.read(MemorySegment.ofArray(content), source);
        if (part.parts() > 1) {
            throw split(part);
        }
        return new GgufFile(GgufParts.of(part), null, List.of());
    }

    private static GgufException unreadable(Path file, IOException e) {
        return new GgufException(UNREADABLE, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }

    /** What describes the model; of several parts that of the first. */
    public GgufMetadata metadata() {
        return parts.parts().getFirst().metadata();
    }

    /** All tensors by name, in the files' order. */
    public Map<String, GgufTensor> tensors() {
        return parts.tensors();
    }

    /** The file, or its parts in order. */
    public List<Path> paths() {
        return paths;
    }

    /** Bytes of all files. */
    public long sizeBytes() {
        return contents.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }

    /** The bytes of a tensor, in place. */
    public MemorySegment data(GgufTensor tensor) {
        MemorySegment content = contents.get(tensor.source());
        if (content == null) {
            throw new IllegalArgumentException("tensor '%s' is of another file".formatted(tensor.name()));
        }
        return content.asSlice(tensor.offsetBytes(), tensor.sizeBytes());
    }

    /** Converts elements {@code first … first + count} of a tensor, row-major, to floats. */
    public void read(GgufTensor tensor, long first, float[] out, int offset, int count) {
        if (first < 0 || count < 0 || first > tensor.elements() - count) {
            throw new IndexOutOfBoundsException(
                    "elements %d … %d of tensor '%s'".formatted(first, first + count, tensor.name()));
        }
        tensor.type().read(data(tensor), first, out, offset, count);
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
