package io.bitstack.compression.source;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Texts as data sets keep them: one JSON object a line, the text in its member {@code text}. */
final class JsonLines {
    private JsonLines() {}

    /**
     * The texts of all lines, with a blank line between.
     *
     * @throws CompressionException {@code TEXT_INVALID}, naming the line that is something else
     */
    static String texts(String content, String source) {
        List<String> texts = new ArrayList<>();
        int number = 0;
        for (String line : content.lines().toList()) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            texts.add(text(line, number, source));
        }
        if (texts.isEmpty()) {
            throw new CompressionException(ErrorCode.TEXT_INVALID, source + " holds no text");
        }
        return String.join("\n\n", texts);
    }

    private static String text(String line, int number, String source) {
        try {
            JsonNode text = JsonMapper.shared().readTree(line).path("text");
            if (text.isString()) {
                return text.asString();
            }
        } catch (JacksonException e) {
            throw new CompressionException(
                    ErrorCode.TEXT_INVALID,
                    "line %d of %s is not JSON: %s".formatted(number, source, e.getOriginalMessage()),
                    e);
        }
        throw new CompressionException(
                ErrorCode.TEXT_INVALID,
                "line %d of %s has no member \"text\" that is a string".formatted(number, source));
    }
}
