package io.bitstack.bench;

import io.bitstack.core.stack.FileBlobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A blob store in a directory that is removed in the end. */
record TemporaryStore(Path directory, FileBlobStore store) implements AutoCloseable {
    static TemporaryStore create() throws IOException {
        Path directory = Files.createTempDirectory("bitstack-bench");
        return new TemporaryStore(directory, new FileBlobStore(directory));
    }

    @Override
    public void close() throws IOException {
        List<Path> paths;
        try (Stream<Path> walked = Files.walk(directory)) {
            paths = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
