package io.bitstack.inference.openai;

import io.bitstack.core.tokenizer.TokenStream;
import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.engine.FinishReason;
import io.bitstack.inference.engine.GenerationEvent;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.sampling.TokenScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers of {@code /v1/completions}; with {@code echo} they begin with the prompt. */
final class CompletionFormat implements AnswerFormat {
    private final String id = "cmpl-" + UUID.randomUUID();
    private final long created = System.currentTimeMillis() / 1000;
    private final ServedModel model;
    private final CompletionRequest request;
    private final int[] prompt;

    /** Where the next token's text begins. */
    private int offset;

    private final TokenStream offsets;

    /** Whether the prompt's first token, which has no score, is still to be told. */
    private boolean firstDue;

    CompletionFormat(ServedModel model, CompletionRequest request, int[] prompt) {
        this.model = model;
        this.request = request;
        this.prompt = prompt;
        this.offsets = model.tokenizer().stream(false);
        this.firstDue = request.echo() && request.scores();
    }

    @Override
    public ObjectNode empty() {
        ObjectNode answer = JsonMapper.shared()
                .createObjectNode()
                .put("id", id)
                .put("object", "text_completion")
                .put("created", created)
                .put("model", model.name())
                .put("system_fingerprint", model.stack().toString());
        answer.putArray("choices");
        return answer;
    }

    /** Without scores the prompt can be echoed at once. */
    @Override
    public Optional<ObjectNode> opening() {
        return request.echo() && !request.scores()
                ? Optional.of(chunk(new GenerationEvent.Text(request.echoed(model.tokenizer()), List.of())))
                : Optional.empty();
    }

    @Override
    public Optional<GenerationEvent.Text> begin(GenerationEvent.PromptScored scored) {
        return Optional.of(new GenerationEvent.Text(request.echoed(model.tokenizer()), scored.scores()));
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
            text.append(request.echoed(model.tokenizer()));
        }
        List<TokenScore> scores = new ArrayList<>();
        for (GenerationEvent.Text piece : texts) {
            text.append(piece.text());
            scores.addAll(piece.scores());
        }
        ObjectNode answer = answer(text.toString(), scores, finished.reason());
        AnswerFormat.usage(answer, finished);
        return answer;
    }

    private ObjectNode answer(String text, List<TokenScore> scores, @Nullable FinishReason reason) {
        ObjectNode answer = empty();
        ObjectNode choice =
                answer.withArray("choices").addObject().put("index", 0).put("text", text);
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
        Tokenizer tokenizer = model.tokenizer();
        ArrayNode tokens = target.putArray("tokens");
        ArrayNode logprobs = target.putArray("token_logprobs");
        ArrayNode tops = target.putArray("top_logprobs");
        ArrayNode places = target.putArray("text_offset");
        int added = 0;
        if (firstDue && anything) {
            firstDue = false;
            added = request.addedTokens(tokenizer);
            tokens.add(text(prompt[0]));
            logprobs.addNull();
            tops.addNull();
            place(places, prompt[0], added > 0);
        }
        for (int i = 0; i < scores.size(); i++) {
            TokenScore score = scores.get(i);
            tokens.add(text(score.token()));
            logprobs.add(score.logprob());
            ObjectNode top = tops.addObject();
            for (TokenScore.Alternative other : score.top()) {
                String name = text(other.token());
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

    private String text(int token) {
        return model.tokenizer().decode(new int[] {token}, false);
    }
}
