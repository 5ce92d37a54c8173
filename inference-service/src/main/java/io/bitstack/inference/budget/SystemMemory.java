package io.bitstack.inference.budget;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the system says about memory: the limit of the cgroup or the machine, pressure, and what this process holds. */
final class SystemMemory {
    private static final Pattern PRESSURE = Pattern.compile("some avg10=([0-9.]+)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final String UNIFIED = "0::";

    private final Path cgroups;
    private final Path proc;

    /** @param root of the system's file tree */
    SystemMemory(Path root) {
        this(root.resolve("sys/fs/cgroup"), root.resolve("proc"));
    }

    /** @param cgroups where the tree of cgroup v2 is mounted */
    SystemMemory(Path cgroups, Path proc) {
        this.cgroups = cgroups;
        this.proc = proc;
    }

    /** The least of what the machine has and what each cgroup above this process allows. */
    long limitBytes() {
        long limit = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        for (Path group = cgroup(); group != null && group.startsWith(cgroups); group = group.getParent()) {
            String most = read(group.resolve("memory.max")).strip();
            if (!most.isEmpty() && most.chars().allMatch(Character::isDigit) && most.length() < 19) {
                limit = Math.min(limit, Long.parseLong(most));
            }
        }
        return limit;
    }

    /** Per cent of the last ten seconds in which something waited for memory; empty where the kernel does not say. */
    OptionalDouble pressurePercent() {
        Path group = cgroup();
        for (Path file : group == null
                ? List.of(proc.resolve("pressure/memory"))
                : List.of(group.resolve("memory.pressure"), proc.resolve("pressure/memory"))) {
            Matcher found = PRESSURE.matcher(read(file));
            if (found.find()) {
                return OptionalDouble.of(Double.parseDouble(found.group(1)));
            }
        }
        return OptionalDouble.empty();
    }

    /** Resident bytes of this process; where the system does not say, what the JVM has committed. */
    long processBytes() {
        Matcher found = RESIDENT.matcher(read(proc.resolve("self/status")));
        if (found.find()) {
            return Long.parseLong(found.group(1)) << 10;
        }
        var memory = ManagementFactory.getMemoryMXBean();
        return memory.getHeapMemoryUsage().getCommitted()
                + memory.getNonHeapMemoryUsage().getCommitted();
    }

    /** This process's group in cgroup v2. */
    private @Nullable Path cgroup() {
        return read(proc.resolve("self/cgroup"))
                .lines()
                .filter(line -> line.startsWith(UNIFIED))
                .findFirst()
                .map(line ->
                        cgroups.resolve(line.substring(UNIFIED.length() + 1)).normalize())
                .orElse(null);
    }

    private static String read(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            // A group can go away between two looks.
            return "";
        }
    }
}
