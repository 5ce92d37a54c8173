package io.bitstack.inference.openai;

import io.bitstack.inference.engine.FinishReason;
import io.bitstack.inference.engine.GenerationEvent;
import io.bitstack.inference.sampling.TokenScore;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers of {@code /v1/chat/completions}. */
final class ChatFormat implements AnswerFormat {
    private final Envelope envelope;
    private final int index;
    private final boolean scores;

    ChatFormat(Envelope envelope, int index, boolean scores) {
        this.envelope = envelope;
        this.index = index;
        this.scores = scores;
    }

    @Override
    public ObjectNode empty() {
        return envelope.object("chat.completion.chunk");
    }

    /** A chunk with one choice, whose {@code delta} and {@code finish_reason} are to be filled in. */
    private ObjectNode choice(ObjectNode chunk) {
        return chunk.withArray("choices").addObject().put("index", index);
    }

    @Override
    public Optional<ObjectNode> opening() {
        ObjectNode chunk = empty();
        ObjectNode choice = choice(chunk);
        choice.putObject("delta").put("role", "assistant").put("content", "");
        choice.putNull("logprobs").putNull("finish_reason");
        return Optional.of(chunk);
    }

    @Override
    public Optional<GenerationEvent.Text> begin(GenerationEvent.PromptScored scored) {
        return Optional.empty();
    }

    @Override
    public ObjectNode chunk(GenerationEvent.Text text) {
        ObjectNode chunk = empty();
        ObjectNode choice = choice(chunk);
        choice.putObject("delta").put("content", text.text());
        logprobs(choice, text.scores());
        choice.putNull("finish_reason");
        return chunk;
    }

    @Override
    public ObjectNode closing(FinishReason reason) {
        ObjectNode chunk = empty();
        ObjectNode choice = choice(chunk);
        choice.putObject("delta");
        choice.putNull("logprobs").put("finish_reason", reason.wire());
        return chunk;
    }

    @Override
    public ObjectNode whole(List<GenerationEvent.Text> texts, GenerationEvent.Finished finished) {
        ObjectNode answer = envelope.object("chat.completion");
        ObjectNode choice = choice(answer);
        StringBuilder text = new StringBuilder();
        texts.forEach(piece -> text.append(piece.text()));
        choice.putObject("message")
                .put("role", "assistant")
                .put("content", text.toString())
                .putNull("refusal");
        logprobs(
                choice, texts.stream().flatMap(piece -> piece.scores().stream()).toList());
        choice.put("finish_reason", finished.reason().wire());
        return answer;
    }

    private void logprobs(ObjectNode choice, List<TokenScore> tokens) {
        if (!scores) {
            choice.putNull("logprobs");
            return;
        }
        ArrayNode content = choice.putObject("logprobs").putArray("content");
        for (TokenScore score : tokens) {
            ObjectNode entry = token(content.addObject(), score.token(), score.logprob());
            ArrayNode top = entry.putArray("top_logprobs");
            score.top().forEach(other -> token(top.addObject(), other.token(), other.logprob()));
        }
    }

    private ObjectNode token(ObjectNode entry, int token, double logprob) {
        entry.put("token", envelope.text(token)).put("logprob", logprob);
        ArrayNode bytes = entry.putArray("bytes");
        for (byte b : envelope.model().tokenizer().bytes(token)) {
            bytes.add(b & 0xff);
        }
        return entry;
    }
}
