package io.bitstack.inference.openai;

import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.engine.FinishReason;
import io.bitstack.inference.engine.GenerationEvent;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.sampling.TokenScore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers of {@code /v1/chat/completions}. */
final class ChatFormat implements AnswerFormat {
    private static final char REPLACEMENT = '\uFFFD';

    private final String id = "chatcmpl-" + UUID.randomUUID();
    private final long created = System.currentTimeMillis() / 1000;
    private final ServedModel model;
    private final boolean scores;

    ChatFormat(ServedModel model, boolean scores) {
        this.model = model;
        this.scores = scores;
    }

    private ObjectNode object(String kind) {
        return JsonMapper.shared()
                .createObjectNode()
                .put("id", id)
                .put("object", kind)
                .put("created", created)
                .put("model", model.name())
                .put("system_fingerprint", model.stack().toString());
    }

    @Override
    public ObjectNode empty() {
        ObjectNode chunk = object("chat.completion.chunk");
        chunk.putArray("choices");
        return chunk;
    }

    /** A chunk with one choice, whose {@code delta} and {@code finish_reason} are to be filled in. */
    private static ObjectNode choice(ObjectNode chunk) {
        return chunk.withArray("choices").addObject().put("index", 0);
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
        ObjectNode answer = object("chat.completion");
        answer.putArray("choices");
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
        AnswerFormat.usage(answer, finished);
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
        Tokenizer tokenizer = model.tokenizer();
        String text = tokenizer.decode(new int[] {token}, false);
        entry.put("token", text).put("logprob", logprob);
        if (text.indexOf(REPLACEMENT) >= 0) {
            // A part of a character: its bytes cannot be told from its text.
            return entry.putNull("bytes");
        }
        ArrayNode bytes = entry.putArray("bytes");
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xff);
        }
        return entry;
    }
}
