package io.bitstack.inference.engine;

import io.bitstack.inference.sampling.TokenScore;
import java.util.List;

/** What a generation tells whoever waits for it, in order; the last is {@link Finished} or {@link Failed}. */
public sealed interface GenerationEvent {
    /** Scores of the prompt's tokens but the first, which nothing comes before. Comes first, if asked for. */
    record PromptScored(List<TokenScore> scores) implements GenerationEvent {
        public PromptScored {
            scores = List.copyOf(scores);
        }
    }

    /**
     * More of the answer: whole characters that no stop string can take back.
     *
     * @param scores those of the tokens that begin in this text, if asked for
     */
    record Text(String text, List<TokenScore> scores) implements GenerationEvent {
        public Text {
            scores = List.copyOf(scores);
        }
    }

    /**
     * The answer is complete.
     *
     * @param reusedTokens those of the prompt's tokens that had been run for another prompt that begins alike
     */
    record Finished(FinishReason reason, int promptTokens, int reusedTokens, int answerTokens)
            implements GenerationEvent {}

    /** There will be no more. */
    record Failed(RequestException reason) implements GenerationEvent {}
}
