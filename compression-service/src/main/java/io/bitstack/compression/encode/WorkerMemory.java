package io.bitstack.compression.encode;

import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import java.util.Comparator;

/**
 * What a worker may hold for a model: with the JVM itself no more than 1.5 GiB and 12 bytes for each weight of the model's largest matrix, whatever the
 * model's size. From this follows what is held and what is read again whenever it is needed.
 *
 * @param mostBytes what remains of it beside the JVM's own {@link #JVM_BYTES}
 * @param decodedBytes what the model takes when all of it is decoded to floats
 * @param mostDecodedBytes a model that takes more is not held decoded at all
 * @param heapBytes of the JVM at most: where it is allowed more, more prefixes are held decoded
 */
record WorkerMemory(long mostBytes, long decodedBytes, long mostDecodedBytes, long heapBytes) {
    private static final long BYTES = 3L << 29;
    private static final long BYTES_PER_WEIGHT = 12;
    /** Classes, compiled code, stacks, what collectors keep. */
    private static final long JVM_BYTES = 1L << 28;
    /** What encoding takes at most, and what it leaves of a worker's memory where that is less. */
    private static final long MOST_ENCODING_BYTES = 13L << 28;

    private static final long LEAST_CALIBRATION_BYTES = 1L << 28;
    /** What measuring takes beside decoded models: blobs that are kept, the full model's logits and those of a group of tokens. */
    static final long MEASURING_BYTES = 3L << 27;

    static WorkerMemory of(ModelConfig config) {
        return of(config, Runtime.getRuntime().maxMemory());
    }

    static WorkerMemory of(ModelConfig config, long heapBytes) {
        return new WorkerMemory(
                BYTES - JVM_BYTES + BYTES_PER_WEIGHT * largest(config),
                config.toManifest().weights() * Float.BYTES,
                ParallelEvaluations.MOST_DECODED_BYTES,
                heapBytes);
    }

    static long largest(ModelConfig config) {
        return config.matrices().stream()
                .max(Comparator.comparingLong(WorkerMemory::weights))
                .map(WorkerMemory::weights)
                .orElse(0L);
    }

    private static long weights(MatrixSpec matrix) {
        return (long) matrix.rows() * matrix.columns();
    }

    /**
     * What the residual streams of the calibration text may take: they are held while matrices are encoded, so it is what remains beside
     * {@link MatrixTasks#weightsAtOnce}.
     */
    long calibrationBytes() {
        return Math.max(LEAST_CALIBRATION_BYTES, mostBytes - MOST_ENCODING_BYTES);
    }

    /** What arrays of some megabytes take of a heap that is cut into regions of one, each of which holds parts of one such array alone. */
    static long inHeap(long arrayBytes) {
        return arrayBytes + arrayBytes / 4;
    }

    /** How many prefixes may be held decoded, beside the full model, which is held so too where it is small enough. */
    int decodedPrefixes() {
        if (decodedBytes > mostDecodedBytes) {
            return 0;
        }
        long room = Math.max(mostBytes, heapBytes) - MEASURING_BYTES;
        return Math.clamp(room / inHeap(decodedBytes) - 1, 0, Integer.MAX_VALUE);
    }
}
