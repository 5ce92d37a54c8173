package io.bitstack.inference.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tree of cgroup v2 says, as the kernel writes it. */
class SystemMemoryTest {
    @TempDir
    Path directory;

    private SystemMemory memory;
    private Path group;

    @BeforeEach
    void makeTree() throws IOException {
        Path cgroups = directory.resolve("cgroup");
        Path proc = directory.resolve("proc");
        group = Files.createDirectories(cgroups.resolve("edge/node"));
        Files.createDirectories(proc.resolve("self"));
        Files.createDirectories(proc.resolve("pressure"));
        Files.writeString(proc.resolve("self/cgroup"), "4:memory:/old\n0::/edge/node\n");
        Files.writeString(proc.resolve("self/status"), "Name:\tjava\nVmRSS:\t    1234 kB\n");
        Files.writeString(proc.resolve("pressure/memory"), "some avg10=3.50 avg60=0.00 avg300=0.00 total=1\n");
        memory = new SystemMemory(cgroups, proc);
    }

    @Test
    void takesTheLeastOfAllGroupsAbove() throws IOException {
        long machine = memory.limitBytes();
        assertThat(machine).isGreaterThan(1 << 20);
        Files.writeString(group.resolve("memory.max"), "max\n");
        assertThat(memory.limitBytes()).isEqualTo(machine);
        Files.writeString(group.resolve("memory.max"), "700000\n");
        assertThat(memory.limitBytes()).isEqualTo(700_000);
        Files.writeString(group.resolveSibling("memory.max"), "600000\n");
        assertThat(memory.limitBytes()).as("it is read again").isEqualTo(600_000);
        Files.writeString(group.resolve("memory.max"), "nonsense\n");
        assertThat(memory.limitBytes()).isEqualTo(600_000);
    }

    @Test
    void asksItsOwnGroupForPressureBeforeTheMachine() throws IOException {
        assertThat(memory.pressurePercent()).hasValue(3.5);
        Files.writeString(
                group.resolve("memory.pressure"),
                "some avg10=12.34 avg60=0.00 avg300=0.00 total=1\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=1\n");
        assertThat(memory.pressurePercent()).hasValue(12.34);
        Files.delete(group.resolve("memory.pressure"));
        Files.delete(directory.resolve("proc/pressure/memory"));
        assertThat(memory.pressurePercent()).isEmpty();
    }

    @Test
    void saysWhatTheProcessHolds() throws IOException {
        assertThat(memory.processBytes()).isEqualTo(1234 << 10);
        Files.delete(directory.resolve("proc/self/status"));
        assertThat(memory.processBytes()).isGreaterThan(1 << 20);
    }
}
