package io.bitstack.gateway.channel;

import io.bitstack.gateway.upstream.UpstreamAnswer;
import io.bitstack.service.channel.AnswerWord;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import tools.jackson.databind.json.JsonMapper;

/** Reads what nodes say, which may be anything: by HTTP a head could not be so broken. */
final class AnswerHeads {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final int MOST_HEADERS = 100;

    private AnswerHeads() {}

    /** @throws IOException if it is no word */
    static AnswerWord parse(JsonMapper json, String text) throws IOException {
        AnswerWord word = json.readValue(text, AnswerWord.class);
        if (isAbsent(word) || isAbsent(word.kind())) {
            throw new IOException("a word of no kind");
        }
        if (word.kind() == AnswerWord.Kind.HEAD) {
            check(word);
        }
        return word;
    }

    // JSON can leave out what the record cannot.
    private static boolean isAbsent(@Nullable Object value) {
        return value == null;
    }

    private static void check(AnswerWord head) throws IOException {
        if (head.status() < 200
                || head.status() > 599
                || isAbsent(head.headers())
                || head.headers().size() > MOST_HEADERS) {
            throw new IOException("a head with status %d, or too many headers".formatted(head.status()));
        }
        for (Map.Entry<String, List<String>> header : head.headers().entrySet()) {
            boolean isGood = NAME.matcher(header.getKey()).matches() && !isAbsent(header.getValue());
            if (!isGood || !header.getValue().stream().allMatch(AnswerHeads::isPlain)) {
                throw new IOException("a header that is none");
            }
        }
    }

    private static boolean isPlain(@Nullable String value) {
        return value != null && value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 0x7F));
    }

    /** The headers of an answer that may be handed on. */
    static HttpHeaders headers(AnswerWord head) {
        HttpHeaders headers = new HttpHeaders();
        head.headers().forEach((name, values) -> {
            if (!UpstreamAnswer.isOfOneConnection(name)) {
                headers.addAll(name, values);
            }
        });
        return headers;
    }
}
