package io.bitstack.core.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of a directory of this machine, mapped when they are opened.
 *
 * @param path need not be there
 */
public record ModelDirectory(Path path) implements ModelFiles {
    /** The directory that a file is in. */
    public static ModelDirectory of(Path file) {
        Path parent = file.getParent();
        return new ModelDirectory(parent == null ? Path.of("") : parent);
    }

    @Override
    public String place() {
        return path.toString();
    }

    @Override
    public SortedSet<String> names() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Override
    public boolean has(String name) {
        return Files.isRegularFile(path.resolve(name));
    }

    @Override
    public ModelFile open(String name) throws IOException {
        return PlacedFile.mapped(path.resolve(name));
    }
}
