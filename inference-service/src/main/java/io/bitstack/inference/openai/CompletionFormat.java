package io.bitstack.inference.openai;

import io.bitstack.core.tokenizer.TokenStream;
import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.engine.FinishReason;
import io.bitstack.inference.engine.GenerationEvent;
import io.bitstack.inference.sampling.TokenScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers of {@code /v1/completions}; with {@code echo} they begin with the prompt. */
final class CompletionFormat implements AnswerFormat {
    private final Envelope envelope;
    private final Tokenizer tokenizer;
    private final int index;
    private final CompletionRequest request;
    private final CompletionPrompt prompt;
    private final int firstToken;

    /** Where the next token's text begins. */
    private int offset;

    private final TokenStream offsets;

    /** Whether the prompt's first token, which has no score, is still to be told. */
    private boolean firstDue;

    CompletionFormat(Envelope envelope, int index, CompletionRequest request, CompletionPrompt prompt, int firstToken) {
        this.envelope = envelope;
        this.tokenizer = envelope.model().tokenizer();
        this.index = index;
        this.request = request;
        this.prompt = prompt;
        this.firstToken = firstToken;
        this.offsets = tokenizer.stream(false);
        this.firstDue = request.echo() && request.scores();
    }

    @Override
    public ObjectNode empty() {
        return envelope.object("text_completion");
    }

    /** Without scores the prompt can be echoed at once. */
    @Override
    public Optional<ObjectNode> opening() {
        return request.echo() && !request.scores()
                ? Optional.of(chunk(new GenerationEvent.Text(prompt.echoed(tokenizer), List.of())))
                : Optional.empty();
    }

    @Override
    public Optional<GenerationEvent.Text> begin(GenerationEvent.PromptScored scored) {
        return Optional.of(new GenerationEvent.Text(prompt.echoed(tokenizer), scored.scores()));
    }

    @Override
    public ObjectNode chunk(GenerationEvent.Text text) {
        return answer(text.text(), text.scores(), null);
    }

    @Override
    public ObjectNode closing(FinishReason reason) {
        return answer("", List.of(), reason);
    }

    @Override
    public ObjectNode whole(List<GenerationEvent.Text> texts, GenerationEvent.Finished finished) {
        StringBuilder text = new StringBuilder();
        if (request.echo() && !request.scores()) {
            text.append(prompt.echoed(tokenizer));
        }
        List<TokenScore> scores = new ArrayList<>();
        for (GenerationEvent.Text piece : texts) {
            text.append(piece.text());
            scores.addAll(piece.scores());
        }
        return answer(text.toString(), scores, finished.reason());
    }

    private ObjectNode answer(String text, List<TokenScore> scores, @Nullable FinishReason reason) {
        ObjectNode answer = empty();
        ObjectNode choice =
                answer.withArray("choices").addObject().put("index", index).put("text", text);
        if (!request.scores()) {
            choice.putNull("logprobs");
        } else {
            logprobs(choice.putObject("logprobs"), scores, !text.isEmpty() || !scores.isEmpty());
        }
        if (reason == null) {
            choice.putNull("finish_reason");
        } else {
            choice.put("finish_reason", reason.wire());
        }
        return answer;
    }

    private void logprobs(ObjectNode target, List<TokenScore> scores, boolean anything) {
        ArrayNode tokens = target.putArray("tokens");
        ArrayNode logprobs = target.putArray("token_logprobs");
        ArrayNode tops = target.putArray("top_logprobs");
        ArrayNode places = target.putArray("text_offset");
        int added = 0;
        if (firstDue && anything) {
            firstDue = false;
            added = prompt.addedTokens(tokenizer);
            tokens.add(envelope.text(firstToken));
            logprobs.addNull();
            tops.addNull();
            place(places, firstToken, added > 0);
        }
        for (int i = 0; i < scores.size(); i++) {
            TokenScore score = scores.get(i);
            tokens.add(envelope.text(score.token()));
            logprobs.add(score.logprob());
            ObjectNode top = tops.addObject();
            for (TokenScore.Alternative other : score.top()) {
                String name = envelope.text(other.token());
                // Two tokens may be parts of characters, which look alike; the more likely one stays.
                if (!top.has(name)) {
                    top.put(name, other.logprob());
                }
            }
            place(places, score.token(), i + 1 < added);
        }
    }

    private void place(ArrayNode places, int token, boolean added) {
        places.add(offset);
        if (!added) {
            offset += offsets.accept(token).length();
        }
    }
}
