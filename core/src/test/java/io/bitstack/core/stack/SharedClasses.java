package io.bitstack.core.stack;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Lets the JVMs that tests start share the work of loading classes: the first of a kind that ends in order leaves what it has parsed and verified in a file, and those
 * after it begin with that. A file that does not fit, as after a change of the code, is passed over by the JVM and made anew.
 */
public final class SharedClasses {
    private static final long ANY_TIME_MILLIS = 1_700_000_000_000L;
    private static String packedClassPath = "";

    private SharedClasses() {}

    /**
     * Options for a JVM.
     *
     * @param kind of the program; each has a file of its own
     */
    public static List<String> options(String kind) throws IOException {
        return List.of(
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + directory().resolve(kind + ".jsa"),
                // It warns of each class that it cannot share.
                "-Xlog:disable");
    }

    /** The class path of this JVM, with a jar in place of each directory: classes of directories are not shared. */
    public static synchronized String classPath() {
        if (packedClassPath.isEmpty()) {
            packedClassPath = Arrays.stream(
                            System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(Path::of)
                    .filter(Files::exists)
                    .map(entry -> Files.isDirectory(entry) ? packed(entry) : entry)
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator));
        }
        return packedClassPath;
    }

    private static Path directory() throws IOException {
        return Files.createDirectories(Path.of("target", "shared-classes")).toAbsolutePath();
    }

    /** The same jar for the same files, which is left as it is then: a JVM may have it open, and a file of shared classes names its time. */
    private static Path packed(Path directory) {
        try {
            byte[] content = jar(directory);
            Path jar = directory()
                    .resolve(directory.toAbsolutePath().toString().replaceAll("[^A-Za-z0-9]+", "-") + ".jar");
            if (!Files.exists(jar) || !Arrays.equals(Files.readAllBytes(jar), content)) {
                Path written = Files.write(Files.createTempFile(directory(), "new", ".jar"), content);
                Files.move(written, jar, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] jar(Path directory) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try (ZipOutputStream jar = new ZipOutputStream(content);
                Stream<Path> found = Files.walk(directory)) {
            for (Path path : found.sorted().toList()) {
                String name = directory.relativize(path).toString().replace(File.separatorChar, '/');
                if (!name.isEmpty()) {
                    // Directories too: Spring looks into them for components.
                    ZipEntry entry = new ZipEntry(Files.isDirectory(path) ? name + "/" : name);
                    entry.setTime(ANY_TIME_MILLIS);
                    jar.putNextEntry(entry);
                    if (Files.isRegularFile(path)) {
                        Files.copy(path, jar);
                    }
                    jar.closeEntry();
                }
            }
        }
        return content.toByteArray();
    }
}
