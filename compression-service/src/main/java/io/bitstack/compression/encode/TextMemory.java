package io.bitstack.compression.encode;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.MemoryModel;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;

/** What the calibration text of a compression takes of a worker's memory; what is too much is refused before any work. */
final class TextMemory {
    private static final int MOST_SEQUENCES_AT_ONCE = 16;

    /** Reads the model's tokenizer. */
    interface TokenizerReader {
        Tokenizer read() throws IOException;
    }

    private TextMemory() {}

    /**
     * Looks at what a request asks for.
     *
     * @param tokenizer asked for where only the text's length tells
     * @throws IllegalArgumentException if it is too much; the message says how much is allowed
     */
    static void check(
            CompressionRequest request, CodecParameters parameters, ModelConfig config, TokenizerReader tokenizer)
            throws IOException {
        int context = Math.min(request.contextTokens(), config.contextTokens());
        int windows = parameters.integer("calibrationWindows", 1, 4096);
        WorkerMemory memory = WorkerMemory.of(config);
        long mostTokens = memory.calibrationBytes() / ((long) config.hiddenSize() * Float.BYTES);
        if (context > mostTokens) {
            throw new IllegalArgumentException(
                    "contextTokens must be at most %d for this model, not %d: a window's activations take %d bytes for each token, and calibration may take %d bytes"
                            .formatted(
                                    mostTokens, context, config.hiddenSize() * Float.BYTES, memory.calibrationBytes()));
        }
        String text = request.calibrationText();
        if (text == null) {
            long ofOne = cacheBytes(config, context);
            if (ofOne > memory.mostBytes()) {
                throw new IllegalArgumentException(
                        "contextTokens must be at most %d for this model where it writes its own calibration text, not %d: its keys and values take %d bytes, and a worker may take %d"
                                .formatted(mostOwnTokens(config, memory), context, ofOne, memory.mostBytes()));
            }
        }
        if ((long) windows * context <= mostTokens) {
            return;
        }
        long given = text == null ? windows : tokenizer.read().encode(text, false).length / context;
        if (Math.min(windows, given) * context > mostTokens) {
            throw new IllegalArgumentException(
                    "calibrationWindows must be at most %d for this model with contextTokens %d, not %d: activations take %d bytes for each token, and calibration may take %d bytes"
                            .formatted(
                                    mostTokens / context,
                                    context,
                                    windows,
                                    config.hiddenSize() * Float.BYTES,
                                    memory.calibrationBytes()));
        }
    }

    /** How many sequences the model writes at a time, by what their keys and values take; the text depends on it, so it depends on nothing else. */
    static int sequencesAtOnce(ModelConfig config, int contextTokens) {
        return Math.clamp(
                WorkerMemory.of(config).mostBytes() / cacheBytes(config, contextTokens), 1, MOST_SEQUENCES_AT_ONCE);
    }

    /** Keys and values of a sequence, in single precision, in all layers. */
    private static long cacheBytes(ModelConfig config, int contextTokens) {
        int pages = (contextTokens + MemoryModel.PAGE_TOKENS - 1) / MemoryModel.PAGE_TOKENS;
        return pages * pageBytes(config);
    }

    private static long pageBytes(ModelConfig config) {
        return 2L * MemoryModel.PAGE_TOKENS * config.keyValueSize() * Float.BYTES * config.layers();
    }

    private static long mostOwnTokens(ModelConfig config, WorkerMemory memory) {
        return memory.mostBytes() / pageBytes(config) * MemoryModel.PAGE_TOKENS;
    }
}
