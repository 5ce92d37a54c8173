package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.*;

import io.bitstack.core.source.ModelDirectory;
import io.bitstack.core.source.ModelFile;
import io.bitstack.core.source.ModelFiles;
import io.bitstack.core.source.PlacedFile;
import java.io.IOException;
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
import java.util.Objects;
import java.util.Optional;

/**
 * A model in GGUF, one file or the parts it is split over, read from where they lie, whose headers have been checked in full: bounded metadata, known
 * types, shapes that agree with byte ranges, and ranges that tile the data with no more than padding between them. Segments die with {@link #close()}.
 * Safe for many threads.
 */
public final class GgufFile implements AutoCloseable {
    private final GgufParts parts;
    private final Map<String, ModelFile> files = new HashMap<>();

    private GgufFile(GgufParts parts) {
        this.parts = parts;
        parts.parts().forEach(part -> files.put(part.source(), part.file()));
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
            throw unreadable(path.toString(), e);
        }
    }

    /**
     * Opens and checks a model.
     *
     * @param file its only file, or any of its parts, whose others lie beside it
     * @throws GgufException if anything about it is wrong
     */
    public static GgufFile open(Path file) {
        return open(ModelDirectory.of(file), file.getFileName().toString());
    }

    /** The same of files that may lie elsewhere. */
    public static GgufFile open(ModelFiles files, String name) {
        List<ModelFile> opened = new ArrayList<>();
        try {
            GgufPart part = open(files, name, opened);
            if (part.parts() == 1) {
                return new GgufFile(GgufParts.of(part));
            }
            List<GgufPart> all = new ArrayList<>();
            for (String other : partNames(files, part)) {
                all.add(other.equals(name) ? part : open(files, other, opened));
            }
            return new GgufFile(GgufParts.joined(all));
        } catch (RuntimeException e) {
            opened.forEach(ModelFile::close);
            throw e;
        }
    }

    private static GgufPart open(ModelFiles files, String name, List<ModelFile> opened) {
        ModelFile file;
        try {
            file = files.open(name);
        } catch (IOException e) {
            throw unreadable("%s in %s".formatted(name, files.place()), e);
        }
        opened.add(file);
        return GgufPart.read(file);
    }

    /** What all parts of the model are called that a file is a part of, by its name. */
    private static List<String> partNames(ModelFiles files, GgufPart part) {
        GgufPartName name = GgufPartName.of(part.source()).orElseThrow(() -> split(part));
        if (name.count() != part.parts()) {
            throw new GgufException(
                    SPLIT_FILE,
                    "%s says that it is one of %d files, its name says %d"
                            .formatted(part.source(), part.parts(), name.count()));
        }
        List<String> missing =
                name.all().stream().filter(other -> !files.has(other)).toList();
        if (!missing.isEmpty()) {
            throw new GgufException(
                    SPLIT_FILE,
                    "%s is one of %d files that hold the model together; missing beside it: %s"
                            .formatted(part.source(), part.parts(), String.join(", ", missing)));
        }
        return name.all();
    }

    private static GgufException split(GgufPart part) {
        return new GgufException(
                SPLIT_FILE,
                "%s is one of %d files that hold the model together, but is not called so that the others can be found (NAME-00001-of-%05d.gguf)"
                        .formatted(part.source(), part.parts(), part.parts()));
    }

    /** Reads and checks content that is in memory already. */
    static GgufFile parse(byte[] content, String source) {
        GgufPart part = GgufPart.read(PlacedFile.of(source, MemorySegment.ofArray(content)));
        if (part.parts() > 1) {
            throw split(part);
        }
        return new GgufFile(GgufParts.of(part));
    }

    private static GgufException unreadable(String what, IOException e) {
        return new GgufException(UNREADABLE, "%s cannot be read: %s".formatted(what, e.getMessage()), e);
    }

    /** What describes the model; of several parts that of the first. */
    public GgufMetadata metadata() {
        return parts.parts().getFirst().metadata();
    }

    /** All tensors by name, in the files' order. */
    public Map<String, GgufTensor> tensors() {
        return parts.tensors();
    }

    /** The file's name, or those of its parts in order. */
    public List<String> names() {
        return parts.parts().stream().map(GgufPart::source).toList();
    }

    /** Bytes of all files. */
    public long sizeBytes() {
        return files.values().stream().mapToLong(ModelFile::sizeBytes).sum();
    }

    private ModelFile file(GgufTensor tensor) {
        ModelFile file = files.get(tensor.source());
        if (file == null) {
            throw new IllegalArgumentException("tensor '%s' is of another file".formatted(tensor.name()));
        }
        return file;
    }

    /** The bytes of a tensor, if they are in place. */
    public Optional<MemorySegment> inPlace(GgufTensor tensor) {
        ModelFile file = file(tensor);
        return file.isInPlace() ? Optional.of(file.range(tensor.offsetBytes(), tensor.sizeBytes())) : Optional.empty();
    }

    /** Converts elements {@code first … first + count} of a tensor, row-major, to floats. */
    public void read(GgufTensor tensor, long first, float[] out, int offset, int count) {
        Objects.checkFromIndexSize(first, (long) count, tensor.elements());
        GgufType type = tensor.type();
        ModelFile file = file(tensor);
        int most = file.isInPlace() ? count : ModelFile.PIECE_BYTES / type.blockBytes() * type.blockWeights();
        for (int done = 0; done < count; done += most) {
            int here = Math.min(most, count - done);
            // Whole blocks, of which the first and the last may be wanted in part.
            long block = (first + done) / type.blockWeights();
            long end = (first + done + here + type.blockWeights() - 1) / type.blockWeights();
            MemorySegment blocks =
                    file.range(tensor.offsetBytes() + block * type.blockBytes(), (end - block) * type.blockBytes());
            type.read(blocks, first + done - block * type.blockWeights(), out, offset + done, here);
        }
    }

    @Override
    public void close() {
        files.values().forEach(ModelFile::close);
    }
}
