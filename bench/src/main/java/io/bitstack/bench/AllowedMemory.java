package io.bitstack.bench;

import io.bitstack.core.model.ModelConfig;
import java.io.IOException;
import java.util.Locale;

/** What a worker of the compression service may hold in memory for a model: 1.5 GiB and 12 bytes for each weight of the largest matrix. */
final class AllowedMemory {
    private static final long BYTES = 3L << 29;
    private static final long BYTES_PER_WEIGHT = 12;
    /** Of it for the JVM itself: classes, compiled code, stacks, buffers outside the heap. */
    private static final long JVM_BYTES = 11L << 25;

    private static final double GIB = 1L << 30;

    private AllowedMemory() {}

    static long bytes(ModelConfig config) {
        return BYTES
                + BYTES_PER_WEIGHT
                        * config.matrices().stream()
                                .mapToLong(matrix -> (long) matrix.rows() * matrix.columns())
                                .max()
                                .orElse(0);
    }

    /** What remains for the heap. */
    static long heapBytes(ModelConfig config) {
        return bytes(config) - JVM_BYTES;
    }

    /** How much of it this process has had at most. */
    static String used(ModelConfig config) throws IOException {
        return "memory: at most %s resident; allowed by 1.5 GiB + 12 bytes a weight of the largest matrix: %s"
                .formatted(inWords(ProcessMemory.peakResidentBytes()), inWords(bytes(config)));
    }

    static String inWords(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / GIB);
    }
}
