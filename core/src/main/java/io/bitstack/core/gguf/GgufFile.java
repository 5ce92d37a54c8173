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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One GGUF file, mapped into memory, whose header has been checked in full: bounded metadata, known types, shapes that agree with
 * byte ranges, and ranges that tile the data with no more than padding between them. Segments die with {@link #close()}. Safe for
 * many threads.
 */
public final class GgufFile implements AutoCloseable {
    private final MemorySegment content;
    private final @Nullable Arena arena;
    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors;

    private GgufFile(MemorySegment content, @Nullable Arena arena, String source) {
        this.content = content;
        this.arena = arena;
        GgufHeader header = new GgufHeader(content, source).read();
        this.metadata = header.metadata();
        this.tensors = header.tensors();
        refuseSplit(source);
        checkTiling(header, source);
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
     * Opens and checks a file.
     *
     * @throws GgufException if anything about it is wrong
     */
    public static GgufFile open(Path file) {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new GgufFile(content, arena, file.getFileName().toString());
        } catch (IOException e) {
            arena.close();
            throw unreadable(file, e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** Reads and checks content that is in memory already. */
    static GgufFile parse(byte[] content, String source) {
        return new GgufFile(MemorySegment.ofArray(content), null, source);
    }

    private static GgufException unreadable(Path file, IOException e) {
        return new GgufException(UNREADABLE, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }

    private void refuseSplit(String source) {
        long parts = metadata.whole("split.count", 0, 65_535).orElse(0);
        if (parts > 1) {
            throw new GgufException(
                    SPLIT_FILE,
                    "%s is one of %d files that hold the model together; merge them into one (llama-gguf-split --merge)"
                            .formatted(source, parts));
        }
    }

    private void checkTiling(GgufHeader header, String source) {
        List<GgufTensor> byOffset = new ArrayList<>(tensors.values());
        byOffset.sort(Comparator.comparingLong(GgufTensor::offsetBytes));
        String before = "the header";
        long end = header.dataStart();
        for (GgufTensor tensor : byOffset) {
            if (tensor.offsetBytes() < end) {
                throw new GgufException(
                        OVERLAP, "%s: tensor '%s' overlaps '%s'".formatted(source, tensor.name(), before));
            }
            if (tensor.offsetBytes() > header.aligned(end)) {
                throw new GgufException(
                        GAP,
                        "%s: %d bytes between '%s' and tensor '%s' belong to no tensor"
                                .formatted(source, tensor.offsetBytes() - end, before, tensor.name()));
            }
            end = tensor.offsetBytes() + tensor.sizeBytes();
            before = tensor.name();
        }
        if (end > content.byteSize() && !byOffset.isEmpty()) {
            throw new GgufException(
                    TRUNCATED,
                    "%s ends at byte %d, but tensor '%s' ends at byte %d: the file is cut off"
                            .formatted(source, content.byteSize(), before, end));
        }
    }

    public GgufMetadata metadata() {
        return metadata;
    }

    /** All tensors by name, in the file's order. */
    public Map<String, GgufTensor> tensors() {
        return tensors;
    }

    /** Bytes of the file. */
    public long sizeBytes() {
        return content.byteSize();
    }

    /** The bytes of a tensor, in place. */
    public MemorySegment data(GgufTensor tensor) {
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
