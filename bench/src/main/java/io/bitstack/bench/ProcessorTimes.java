package io.bitstack.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Seconds since the start of a process of a JVM and of the machine, as Linux counts them in {@code /proc}: what the core did to which the process is bound.
 *
 * @param process of the process on the core
 * @param compiling by the JVM's compilers, of that
 * @param collecting by the JVM's collector of garbage, of that
 * @param others of other processes and the system on the core
 * @param idle in which nothing ran on the core
 * @param disk in which nothing ran and something that had run on the core waited for a disk, of that
 */
record ProcessorTimes(double process, double compiling, double collecting, double others, double idle, double disk) {
    /** That Linux counts in, on every machine. */
    private static final double TICKS_A_SECOND = 100;

    private static final int UTIME = 11;
    private static final int IDLE = 4;
    private static final int DISK = 5;

    /** @param core number of the core that the process is bound to */
    static ProcessorTimes of(long pid, int core) throws IOException {
        Path directory = Path.of("/proc", Long.toString(pid));
        double compiling = 0;
        double collecting = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(directory.resolve("task"))) {
            for (Path thread : threads) {
                try {
                    String name = Files.readString(thread.resolve("comm"));
                    compiling += name.contains("CompilerThre") ? used(thread) : 0;
                    collecting += name.startsWith("VM Thread") || name.startsWith("GC ") || name.startsWith("G1 ")
                            ? used(thread)
                            : 0;
                } catch (NoSuchFileException e) {
                    // A thread that has ended meanwhile.
                }
            }
        }
        String[] machine = Files.readString(Path.of("/proc/stat"))
                .lines()
                .filter(line -> line.startsWith("cpu" + core + " "))
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/stat does not say what core " + core + " did"))
                .split(" +");
        double all = 0;
        for (int column = 1; column <= 8; column++) { // to what other machines took
            all += seconds(machine[column]);
        }
        double disk = seconds(machine[DISK]);
        double idle = seconds(machine[IDLE]) + disk;
        double process = used(directory);
        return new ProcessorTimes(process, compiling, collecting, all - idle - process, idle, disk);
    }

    private static double used(Path of) throws IOException {
        String stat = Files.readString(of.resolve("stat"));
        // What precedes is the name, which may contain anything.
        String[] columns = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return seconds(columns[UTIME]) + seconds(columns[UTIME + 1]);
    }

    private static double seconds(String ticks) {
        return Long.parseLong(ticks) / TICKS_A_SECOND;
    }

    ProcessorTimes since(ProcessorTimes before) {
        return new ProcessorTimes(
                process - before.process,
                compiling - before.compiling,
                collecting - before.collecting,
                others - before.others,
                idle - before.idle,
                disk - before.disk);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "worker %5.1f (compiling %4.1f, collecting %4.1f) others %4.1f idle %4.1f (disk %4.1f)",
                process,
                compiling,
                collecting,
                others,
                idle,
                disk);
    }
}
