package io.bitstack.standalone.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A streamed chat completion. */
public final class Chat {
    private static final String DATA = "data: ";
    private static final String DONE = "[DONE]";

    private final ApiClient api;

    public Chat(ApiClient api) {
        this.api = api;
    }

    /** One thing that was said. */
    public record Message(String role, String content) {}

    /**
     * What is asked.
     *
     * @param node which node is to answer, or null for the gateway's choice
     * @param banned tokens that must not be chosen
     */
    public record Question(
            String model,
            List<Message> messages,
            @Nullable String node,
            int maxTokens,
            double temperature,
            List<Integer> banned) {}

    /** @param finishReason null if the stream broke off before its end */
    public record Reply(String text, @Nullable String finishReason) {}

    /** Asks, and hands on each piece of text as it comes. */
    public Reply ask(Question question, Consumer<String> pieces) throws IOException {
        Map<String, Object> body = new TreeMap<>(Map.of(
                "model",
                question.model(),
                "messages",
                question.messages(),
                "stream",
                true,
                "max_tokens",
                question.maxTokens(),
                "temperature",
                question.temperature()));
        if (!question.banned().isEmpty()) {
            Map<String, Integer> bias = new TreeMap<>();
            question.banned().forEach(token -> bias.put(Integer.toString(token), -100));
            body.put("logit_bias", bias);
        }
        StringBuilder text = new StringBuilder();
        String finishReason = null;
        boolean done = false;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                api.stream("/v1/chat/completions", body, question.node()), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("data:")) {
                    continue;
                }
                String data = line.substring(line.startsWith(DATA) ? DATA.length() : "data:".length());
                if (data.equals(DONE)) {
                    done = true;
                    break;
                }
                JsonNode event = JsonMapper.shared().readTree(data);
                if (event.has("error")) {
                    throw new IOException("the answer broke off: "
                            + event.path("error").path("message").asString(""));
                }
                JsonNode choice = event.path("choices").path(0);
                String piece = choice.path("delta").path("content").asString("");
                if (!piece.isEmpty()) {
                    text.append(piece);
                    pieces.accept(piece);
                }
                finishReason = choice.path("finish_reason").asString(finishReason);
            }
        }
        return new Reply(text.toString(), done ? finishReason : null);
    }
}
