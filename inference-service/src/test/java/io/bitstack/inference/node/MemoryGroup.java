package io.bitstack.inference.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A control group of the test's own, whose memory can be bounded, in version 2 of the hierarchy or in version 1. */
final class MemoryGroup implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private final Path directory;
    private final Path limit;

    private MemoryGroup(Path directory, Path limit) {
        this.directory = directory;
        this.limit = limit;
    }

    /** Empty where the kernel lets nobody make one here. */
    static Optional<MemoryGroup> make() {
        String name = "bitstack-test-" + ProcessHandle.current().pid();
        for (MemoryGroup group : List.of(
                new MemoryGroup(ROOT.resolve(name), ROOT.resolve(name).resolve("memory.max")),
                new MemoryGroup(
                        ROOT.resolve("memory").resolve(name),
                        ROOT.resolve("memory").resolve(name).resolve("memory.limit_in_bytes")))) {
            if (group.isMade()) {
                return Optional.of(group);
            }
        }
        return Optional.empty();
    }

    private boolean isMade() {
        try {
            Path parent = directory.getParent();
            if (parent == null || !Files.isDirectory(parent)) {
                return false;
            }
            Path control = parent.resolve("cgroup.subtree_control");
            if (Files.exists(control)) {
                Files.writeString(control, "+memory");
            }
            Files.createDirectory(directory);
            if (Files.isWritable(limit)) {
                return true;
            }
            Files.delete(directory);
        } catch (IOException e) {
            // Not allowed, or not there: that is what the answer says.
        }
        return false;
    }

    /** What is to stand before a command, so that it runs in the group, under the same process id. */
    List<String> enter() {
        return List.of("sh", "-c", "echo $$ > '%s' && exec \"$@\"".formatted(directory.resolve("cgroup.procs")), "sh");
    }

    void limit(long bytes) throws IOException {
        Files.writeString(limit, Long.toString(bytes));
    }

    /** The processes in it have to be gone. */
    @Override
    public void close() throws IOException {
        Files.delete(directory);
    }

    @Override
    public String toString() {
        return limit.toString();
    }
}
