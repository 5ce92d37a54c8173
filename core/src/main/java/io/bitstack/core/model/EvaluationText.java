package io.bitstack.core.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Held-out text as windows of token ids. In each window every token but the first is scored, given those before it in the same
 * window.
 */
public record EvaluationText(List<int[]> windows) {
    public EvaluationText {
        windows = List.copyOf(windows);
    }

    /**
     * Cuts a text into windows that follow each other without overlap; what is left at the end is dropped.
     *
     * @param contextTokens C, tokens of a window, at least 2
     * @param maximumWindows how many windows to take at most
     * @throws ModelException {@code BAD_EVALUATION_TEXT} if the text does not fill one window
     */
    public static EvaluationText of(int[] tokens, int contextTokens, int maximumWindows) {
        if (contextTokens < 2 || maximumWindows < 1 || tokens.length < contextTokens) {
            throw new ModelException(
                    ModelError.BAD_EVALUATION_TEXT,
                    "%d tokens do not fill a window of %d (at least 2); give a longer text or a shorter context"
                            .formatted(tokens.length, contextTokens));
        }
        List<int[]> windows = new ArrayList<>();
        for (int start = 0;
                start + contextTokens <= tokens.length && windows.size() < maximumWindows;
                start += contextTokens) {
            windows.add(Arrays.copyOfRange(tokens, start, start + contextTokens));
        }
        return new EvaluationText(windows);
    }

    /** Tokens that are scored. */
    public int scoredTokens() {
        return windows.stream().mapToInt(window -> window.length - 1).sum();
    }
}
