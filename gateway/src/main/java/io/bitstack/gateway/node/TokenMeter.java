package io.bitstack.gateway.node;

import io.bitstack.gateway.upstream.BegunAnswer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Counts the tokens of an answer as it passes: what its {@code usage} says, or else an event for a token and four bytes of the question for another.
 */
final class TokenMeter {
    private static final int BYTES_PER_TOKEN = 4;
    /** Longer lines are no usage. */
    private static final int LONGEST_LINE_BYTES = 256 * 1024;

    private static final String DATA = "data: ";
    private static final String USAGE = "\"usage\"";

    private final JsonMapper json;
    private final int questionBytes;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long events;
    private long totalTokens;

    TokenMeter(JsonMapper json, int questionBytes) {
        this.json = json;
        this.questionBytes = questionBytes;
    }

    /** Takes a piece of a stream of events. */
    void streamed(byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            if (bytes[i] == '\n') {
                endLine();
            } else if (line.size() < LONGEST_LINE_BYTES) {
                line.write(bytes[i]);
            }
        }
    }

    private void endLine() {
        if (line.size() > DATA.length()) {
            String text = line.toString(StandardCharsets.UTF_8);
            if (text.startsWith(DATA)) {
                events++;
                if (text.contains(USAGE)) {
                    usage(text.substring(DATA.length()).getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        line.reset();
    }

    /** Takes a whole answer. */
    void whole(BegunAnswer answer) {
        usage(answer.first());
    }

    private void usage(byte[] answer) {
        try {
            JsonNode usage = json.readTree(answer).path("usage");
            totalTokens = Math.max(totalTokens, usage.path("total_tokens").asLong(0));
        } catch (JacksonException e) {
            // Not ours to judge: the client sees what the node sent.
            events++;
        }
    }

    long tokens() {
        return totalTokens > 0 ? totalTokens : events + questionBytes / BYTES_PER_TOKEN;
    }
}
