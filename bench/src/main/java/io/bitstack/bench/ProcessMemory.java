package io.bitstack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What the system says that a process holds, where it has {@code /proc}.
 *
 * @param residentBytes all of it
 * @param mappedBytes the part that files are mapped to: a node's blocks, and the JVM's own files
 */
record ProcessMemory(long residentBytes, long mappedBytes) {
    private static final Path STATUS = Path.of("/proc/self/status");

    static ProcessMemory now() throws IOException {
        return of(STATUS);
    }

    /** Of another process. */
    static ProcessMemory of(Process process) throws IOException {
        return of(Path.of("/proc", Long.toString(process.pid()), "status"));
    }

    private static ProcessMemory of(Path status) throws IOException {
        if (!Files.exists(status)) {
            throw new IOException(
                    "this system has no " + status + ", which resident memory is read from; run it on Linux");
        }
        long resident = 0;
        long mapped = 0;
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                resident = kilobytes(line) << 10;
            } else if (line.startsWith("RssFile:")) {
                mapped = kilobytes(line) << 10;
            }
        }
        return new ProcessMemory(resident, mapped);
    }

    /** The most that it ever held. */
    static long peakResidentBytes() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith("VmHWM:")) {
                return kilobytes(line) << 10;
            }
        }
        throw new IOException(STATUS + " does not say VmHWM");
    }

    private static long kilobytes(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }

    /** What is no part of a file, and which the system cannot take back. */
    long ownBytes() {
        return residentBytes - mappedBytes;
    }

    String inWords() {
        return String.format(
                Locale.ROOT,
                "resident %.1f MB, %.1f MB of it files that are mapped",
                residentBytes / 1e6,
                mappedBytes / 1e6);
    }
}
