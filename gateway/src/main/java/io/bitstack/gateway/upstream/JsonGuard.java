package io.bitstack.gateway.upstream;

import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads JSON bodies through once, so that none reaches a service which would cost it more than its bytes: nested too deep, or of too many parts. Nor any with a null
 * character in a text, which no name or description of ours holds and databases choke on.
 */
public final class JsonGuard {
    private static final int DEEPEST = 64;
    private static final long MOST_TOKENS = 4_000_000;
    private static final int LONGEST_NAME = 1024;
    private static final int LONGEST_NUMBER = 100;
    /** Not escaped it is no JSON. */
    private static final byte[] NULL_CHARACTER = "\\u0000".getBytes(StandardCharsets.US_ASCII);

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxTokenCount(MOST_TOKENS)
                            .maxNameLength(LONGEST_NAME)
                            .maxNumberLength(LONGEST_NUMBER)
                            .build())
                    .build())
            .build();

    private JsonGuard() {}

    /** Throws when a body that calls itself JSON is not one that a service should see. */
    static void check(@Nullable String contentType, byte[] body) {
        if (contentType == null
                || body.length == 0
                || !contentType.toLowerCase(Locale.ROOT).contains("json")) {
            return;
        }
        // Texts are looked into only where there might be something to find: what is published here may be large.
        boolean mayHoldNull = contains(body, NULL_CHARACTER);
        try (JsonParser parser = parser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                boolean isText = token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME;
                if (mayHoldNull && isText && parser.getString().indexOf('\0') >= 0) {
                    throw new ApiException(CommonCode.REQUEST_INVALID, "a text in the body holds a null character");
                }
            }
        } catch (JacksonException e) {
            throw refused(e);
        }
    }

    private static boolean contains(byte[] body, byte[] part) {
        for (int i = 0; i + part.length <= body.length; i++) {
            if (body[i] == part[0] && Arrays.equals(body, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    /** A parser that gives up where a body is nested too deep, or of too many parts. */
    public static JsonParser parser(byte[] body) {
        return MAPPER.createParser(body);
    }

    /** What is answered where it gave up. */
    public static ApiException refused(JacksonException e) {
        return new ApiException(
                CommonCode.REQUEST_INVALID,
                "the body is not JSON of at most %d levels and %d parts: %s"
                        .formatted(DEEPEST, MOST_TOKENS, e.getOriginalMessage()),
                e);
    }
}
