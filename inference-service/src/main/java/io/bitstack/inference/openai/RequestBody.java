package io.bitstack.inference.openai;

import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the bodies of requests: bounded, JSON, and text that can be written as UTF-8 again. */
final class RequestBody {
    private static final int LARGEST_BYTES = 4 << 20;

    /** So much more is read of a body that is too large. */
    private static final long DRAINED_BYTES = 128L << 20;

    private RequestBody() {}

    /** @throws RequestException BODY_TOO_LARGE or INVALID_JSON */
    static JsonNode read(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(LARGEST_BYTES + 1);
        if (bytes.length > LARGEST_BYTES) {
            // Few clients read an answer before they have sent all they have.
            drain(in);
            throw new RequestException(
                    RequestCode.BODY_TOO_LARGE, "the body has more than %d bytes".formatted(LARGEST_BYTES));
        }
        JsonNode body;
        try {
            body = JsonMapper.shared().readTree(bytes);
        } catch (JacksonException e) {
            throw new RequestException(
                    RequestCode.INVALID_JSON, "the body is not valid JSON in UTF-8: " + e.getOriginalMessage());
        }
        checkTexts(body);
        return body;
    }

    private static void drain(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = DRAINED_BYTES;
        for (int read = in.read(buffer); read >= 0 && left > 0; read = in.read(buffer)) {
            left -= read;
        }
    }

    /** Escapes can name half of a surrogate pair, which is no character; the parser has bounded the depth. */
    private static void checkTexts(JsonNode node) {
        if (node.isString()) {
            checkText(node.asString());
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            checkText(member.getKey());
            checkTexts(member.getValue());
        }
        if (node.isArray()) {
            node.forEach(RequestBody::checkTexts);
        }
    }

    private static void checkText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            throw new RequestException(
                    RequestCode.INVALID_JSON,
                    "the body has the escape \\u%04x without its other half; send whole characters".formatted((int) c));
        }
    }
}
