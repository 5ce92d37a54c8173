package io.bitstack.core.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The full model's logits on an evaluation text, 16 bits each: every token has its own range, cut into 65,535 steps, so that an
 * error is below 0.0005 for logits that span 60, and what it adds to a KL divergence below 1e-7. The token of the highest logit
 * is kept exactly.
 *
 * <p>Up to {@link #MEMORY_LIMIT_BYTES} they are in memory outside the heap, above that in a temporary file that is mapped, so that
 * the system can take the memory back at any time. Either goes with this object. Filled by one thread, then read by many.
 */
public final class ReferenceLogits {
    private static final long MEMORY_LIMIT_BYTES = 64L << 20;

    private final int vocabulary;
    private final MemorySegment steps;
    private final float[] lowest;
    private final float[] stepSizes;
    private final int[] topTokens;

    ReferenceLogits(int tokens, int vocabulary) {
        this(tokens, vocabulary, MEMORY_LIMIT_BYTES);
    }

    /** @param memoryLimitBytes what is held in memory at most; above it a file is used */
    ReferenceLogits(int tokens, int vocabulary, long memoryLimitBytes) {
        this.vocabulary = vocabulary;
        long stepsBytes = (long) Short.BYTES * tokens * vocabulary;
        this.steps =
                stepsBytes <= memoryLimitBytes ? Arena.ofAuto().allocate(stepsBytes, Long.BYTES) : mapped(stepsBytes);
        this.lowest = new float[tokens];
        this.stepSizes = new float[tokens];
        this.topTokens = new int[tokens];
    }

    private static MemorySegment mapped(long sizeBytes) {
        try {
            Path file = Files.createTempFile("bitstack-reference", ".logits");
            long free = Files.getFileStore(file).getUsableSpace();
            if (free < sizeBytes) {
                Files.delete(file);
                // A mapped file that meets a full disk ends the process: ask first.
                throw new IOException(
                        "the full model's logits take %d bytes, but %s has only %d free; measure fewer windows or set java.io.tmpdir"
                                .formatted(sizeBytes, file.getParent(), free));
            }
            // The name goes with the channel, the room with the mapping.
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, sizeBytes, Arena.ofAuto());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** Bytes that the reference of so many tokens takes. */
    public static long sizeBytes(int tokens, int vocabulary) {
        return tokens * (2L * vocabulary + 12);
    }

    /** Tokens held. */
    public int tokens() {
        return topTokens.length;
    }

    void set(int token, float[] logits, int offset) {
        float low = logits[offset];
        float high = low;
        for (int i = 1; i < vocabulary; i++) {
            low = Math.min(low, logits[offset + i]);
            high = Math.max(high, logits[offset + i]);
        }
        float step = high > low ? (high - low) / 65_535 : 1;
        long first = (long) token * vocabulary;
        for (int i = 0; i < vocabulary; i++) {
            short value = (short) Math.min(65_535, Math.round((logits[offset + i] - low) / step));
            steps.setAtIndex(ValueLayout.JAVA_SHORT, first + i, value);
        }
        lowest[token] = low;
        stepSizes[token] = step;
        topTokens[token] = topToken(logits, offset, vocabulary);
    }

    /** Writes the logits of a token to {@code out[0 … vocabulary)}. */
    void get(int token, float[] out) {
        float low = lowest[token];
        float step = stepSizes[token];
        long first = (long) token * vocabulary;
        for (int i = 0; i < vocabulary; i++) {
            out[i] = low + step * (steps.getAtIndex(ValueLayout.JAVA_SHORT, first + i) & 0xffff);
        }
    }

    /** The token that the full model holds most likely at a place, the first of equal ones. */
    int topToken(int token) {
        return topTokens[token];
    }

    /** The index of the highest of some logits, the first of equal ones. */
    static int topToken(float[] logits, int offset, int vocabulary) {
        float highest = highest(logits, offset, vocabulary);
        int top = 0;
        while (top < vocabulary - 1 && logits[offset + top] != highest) {
            top++;
        }
        return top;
    }

    /** The highest of some logits: a plain loop, which the compiler makes one of whole registers. */
    static float highest(float[] logits, int offset, int vocabulary) {
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            highest = Math.max(highest, logits[offset + i]);
        }
        return highest;
    }
}
