package io.bitstack.compression.encode;

import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelError;
import io.bitstack.core.model.ModelException;
import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The windows of tokens that a compression calibrates with, and those that it is measured on. */
final class CalibrationText {
    /** Reference logits are kept as halfs; their windows are bounded so that large vocabularies stay within this. */
    private static final long REFERENCE_LIMIT_BYTES = 256L << 20;

    /** So many characters for each token of a window are looked at before the whole of a long text is. */
    private static final int CHARACTERS_LOOKED_AT = 16;

    /** Lets the model write. */
    interface Writer {
        List<int[]> write(int windows, int contextTokens, long seed);
    }

    private final CompressionRequest request;
    private final ModelConfig config;
    private final BlobStore store;
    private final TaskBoard board;
    private final int contextTokens;
    private final int calibrationWindows;
    private final int evaluationWindows;
    private final long seed;

    CalibrationText(
            CompressionRequest request,
            CodecParameters parameters,
            ModelConfig config,
            BlobStore store,
            TaskBoard board) {
        this.request = request;
        this.config = config;
        this.store = store;
        this.board = board;
        this.contextTokens = Math.min(request.contextTokens(), config.contextTokens());
        this.calibrationWindows = parameters.integer("calibrationWindows", 1, 4096);
        this.evaluationWindows = parameters.integer("evaluationWindows", 1, 4096);
        this.seed = parameters.seed("calibrationSeed");
    }

    /** Windows of the given text, or of what the model writes, which is kept for later runs. */
    List<int[]> windows(Tokenizer tokenizer, StackManifest.Lineage lineage, Writer writer) throws IOException {
        String text = request.calibrationText();
        if (text != null) {
            return EvaluationText.spread(
                            tokenizer.encode(text, false), contextTokens, calibrationWindows, tokenizer::sizeBytes)
                    .windows();
        }
        TaskBoard.Task task = new TaskBoard.Task(TaskKind.CALIBRATE, 0, 0, "", 0, "");
        board.post(TaskKind.CALIBRATE, basis(lineage), List.of(task));
        String known = board.results(TaskKind.CALIBRATE, Set.of()).get(0);
        if (known != null) {
            try {
                return WindowBlobs.read(Digest.parse(known), store);
            } catch (BlobNotFoundException e) {
                // Collected as garbage, since no manifest names it; then it is written again.
                board.discard(TaskKind.CALIBRATE, 0);
            }
        }
        List<int[]> written = writer.write(calibrationWindows, contextTokens, seed);
        Digest kept = WindowBlobs.put(written, store);
        Optional<TaskBoard.Claim> claim = board.claim(List.of(TaskKind.CALIBRATE), Set.of(), Long.MAX_VALUE);
        claim.ifPresent(own -> board.finish(own, kept.toString()));
        return written;
    }

    /** All that the tokens, and what they do in the full model, depend on. */
    String basis(StackManifest.Lineage lineage) {
        Digest given = lineage.calibration();
        return "%s %d %d %s"
                .formatted(lineage.source(), calibrationWindows, contextTokens, given == null ? seed : given);
    }

    /** Windows of the held-out text. Of the built-in one there is one short window where it does not fill one. */
    EvaluationText evaluation(Tokenizer tokenizer) {
        long windowBytes = 2L * contextTokens * config.vocabularySize();
        int most = Math.clamp(REFERENCE_LIMIT_BYTES / windowBytes, 1, evaluationWindows);
        int[] tokens = tokenizer.encode(request.evaluation(), false);
        int context = request.evaluationText() == null ? Math.min(contextTokens, tokens.length) : contextTokens;
        return EvaluationText.of(tokens, context, most);
    }

    /**
     * Looks at the texts of a request before anything is read or made with them.
     *
     * @throws ModelException {@code BAD_EVALUATION_TEXT} if one fills no window, or the curve would be measured on what was calibrated with
     */
    static void check(CompressionRequest request, ModelConfig config, Tokenizer tokenizer) {
        requireHeldOut(request);
        int contextTokens = Math.min(request.contextTokens(), config.contextTokens());
        if (request.calibrationText() != null) {
            requireWindow("calibration", request.calibrationText(), contextTokens, tokenizer);
        }
        if (request.evaluationText() != null) {
            requireWindow("evaluation", request.evaluationText(), contextTokens, tokenizer);
        }
    }

    /** @throws ModelException {@code BAD_EVALUATION_TEXT} if the same text is to calibrate and to measure with */
    static void requireHeldOut(CompressionRequest request) {
        if (request.evaluation().equals(request.calibrationText())) {
            throw new ModelException(
                    ModelError.BAD_EVALUATION_TEXT,
                    "the evaluation text is the calibration text; a curve needs text that was not calibrated with:"
                            + " give another one, or none for the one that comes with the service");
        }
    }

    private static void requireWindow(String what, String text, int contextTokens, Tokenizer tokenizer) {
        int end = Math.min(text.length(), CHARACTERS_LOOKED_AT * contextTokens);
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        int tokens = tokenizer.encode(text.substring(0, end), false).length;
        if (tokens < contextTokens && end < text.length()) {
            tokens = tokenizer.encode(text, false).length;
        }
        if (tokens < contextTokens) {
            throw new ModelException(
                    ModelError.BAD_EVALUATION_TEXT,
                    "the %s text has %d tokens, which do not fill a window of %d; give a longer text or fewer contextTokens"
                            .formatted(what, tokens, contextTokens));
        }
    }
}
