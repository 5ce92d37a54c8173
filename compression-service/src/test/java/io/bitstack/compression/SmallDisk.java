package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system that is really full soon. Needs Linux and the right to mount; tests are skipped without. */
public final class SmallDisk implements AutoCloseable {
    private final Path path;

    private SmallDisk(Path path) {
        this.path = path;
    }

    /**
     * Mounts one.
     *
     * @param place a directory that is made
     * @param size in words of {@code mount}, such as {@code 80k}
     */
    public static SmallDisk mount(Path place, String size) throws IOException {
        Files.createDirectory(place);
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + size, "bitstack-small-disk", place.toString()),
                "no file system can be mounted here; that needs Linux and root");
        return new SmallDisk(place);
    }

    public Path path() {
        return path;
    }

    public void resize(String size) throws IOException {
        assertThat(run("mount", "-o", "remount,size=" + size, path.toString())).isTrue();
    }

    private static boolean run(String... command) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            return false; // there is no such command
        }
        try {
            return process.waitFor() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        assertThat(run("umount", "-l", path.toString())).isTrue();
    }
}
