package io.bitstack.core.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Held-out text as windows of token ids. In each window every token but the first is scored, given those before it in the same
 * window.
 *
 * @param scoredBytes UTF-8 bytes that the scored tokens stand for; 0 = unknown
 */
public record EvaluationText(List<int[]> windows, long scoredBytes) {
    public EvaluationText {
        windows = List.copyOf(windows);
    }

    /** Windows of which it is not known how many bytes they stand for. */
    public EvaluationText(List<int[]> windows) {
        this(windows, 0);
    }

    /**
     * Cuts a text into windows that follow each other without overlap; what is left at the end is dropped.
     *
     * @param contextTokens C, tokens of a window, at least 2
     * @param maximumWindows how many windows to take at most
     * @throws ModelException {@code BAD_EVALUATION_TEXT} if the text does not fill one window
     */
    public static EvaluationText of(int[] tokens, int contextTokens, int maximumWindows) {
        check(tokens, contextTokens, maximumWindows);
        List<int[]> windows = new ArrayList<>();
        for (int start = 0;
                start + contextTokens <= tokens.length && windows.size() < maximumWindows;
                start += contextTokens) {
            windows.add(Arrays.copyOfRange(tokens, start, start + contextTokens));
        }
        return new EvaluationText(windows);
    }

    /**
     * Cuts a text into windows and takes every s-th of them from the first on, s as large as it can be for {@code maximumWindows}
     * of them: evenly spaced over the text, or all where there are no more.
     *
     * @param contextTokens C, tokens of a window, at least 2
     * @param bytesOfToken how many UTF-8 bytes a token stands for
     * @throws ModelException {@code BAD_EVALUATION_TEXT} if the text does not fill one window
     */
    public static EvaluationText spread(
            int[] tokens, int contextTokens, int maximumWindows, IntUnaryOperator bytesOfToken) {
        check(tokens, contextTokens, maximumWindows);
        int all = tokens.length / contextTokens;
        int taken = Math.min(all, maximumWindows);
        int step = all / taken;
        List<int[]> windows = new ArrayList<>();
        long bytes = 0;
        for (int w = 0; w < taken; w++) {
            int start = w * step * contextTokens;
            int[] window = Arrays.copyOfRange(tokens, start, start + contextTokens);
            windows.add(window);
            for (int t = 1; t < contextTokens; t++) {
                bytes += bytesOfToken.applyAsInt(window[t]);
            }
        }
        return new EvaluationText(windows, bytes);
    }

    private static void check(int[] tokens, int contextTokens, int maximumWindows) {
        if (contextTokens < 2 || maximumWindows < 1 || tokens.length < contextTokens) {
            throw new ModelException(
                    ModelError.BAD_EVALUATION_TEXT,
                    "%d tokens do not fill a window of %d (at least 2); give a longer text or a shorter context"
                            .formatted(tokens.length, contextTokens));
        }
    }

    /** Tokens that are scored. */
    public int scoredTokens() {
        return windows.stream().mapToInt(window -> window.length - 1).sum();
    }
}
