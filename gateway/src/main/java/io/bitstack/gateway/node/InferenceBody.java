package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.upstream.JsonGuard;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * A completion request's body, of which the gateway reads {@code model}, and where each of the {@code messages} ends.
 *
 * @param json the whole body
 * @param model the value of the member
 * @param from where the value begins in the body, its first quote
 * @param to behind the value's last quote
 * @param beginnings a checksum of the messages up to and with each: the same for each beginning of the same conversation
 */
record InferenceBody(byte[] json, String model, int from, int to, List<Integer> beginnings) {
    private static final int MOST_MESSAGES = 1000;

    /** Finds the model; throws when the body is not a JSON object with exactly one. */
    static InferenceBody read(byte[] json) {
        Reader reader = new Reader(json);
        try (JsonParser parser = JsonGuard.parser(json)) {
            reader.read(parser);
        } catch (JacksonException e) {
            throw JsonGuard.refused(e);
        }
        return reader.body();
    }

    /** The body with another model, every other byte as it was: nodes know models by their plain names. */
    byte[] withModel(String name, JsonMapper mapper) {
        if (name.equals(model)) {
            return json;
        }
        ByteArrayOutputStream changed = new ByteArrayOutputStream(json.length);
        changed.writeBytes(Arrays.copyOfRange(json, 0, from));
        changed.writeBytes(mapper.writeValueAsBytes(name));
        changed.writeBytes(Arrays.copyOfRange(json, to, json.length));
        return changed.toByteArray();
    }

    /** Goes through a body once. */
    private static final class Reader {
        private final byte[] json;
        private final List<Integer> beginnings = new ArrayList<>();
        private @Nullable String model;
        private int from;
        private int to;

        Reader(byte[] json) {
            this.json = json;
        }

        void read(JsonParser parser) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ApiException(CommonCode.REQUEST_INVALID, "the body has to be a JSON object");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String member = parser.currentName();
                JsonToken value = parser.nextToken();
                if (member.equals("model")) {
                    model(parser, value);
                } else if (member.equals("messages") && value == JsonToken.START_ARRAY) {
                    messages(parser);
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw new ApiException(CommonCode.REQUEST_INVALID, "the body has to be one JSON object");
            }
        }

        private void model(JsonParser parser, JsonToken value) {
            if (value != JsonToken.VALUE_STRING || parser.getString().isBlank() || model != null) {
                throw new ApiException(GatewayCode.MODEL_REQUIRED, "the member 'model' has to be one string");
            }
            model = parser.getString();
            from = (int) parser.currentTokenLocation().getByteOffset();
            to = (int) parser.currentLocation().getByteOffset();
            if (from < 0 || to > json.length || json[from] != '"' || json[to - 1] != '"') {
                throw new ApiException(CommonCode.REQUEST_INVALID, "the body has to be JSON in UTF-8");
            }
        }

        private void messages(JsonParser parser) {
            CRC32C sum = new CRC32C();
            while (parser.nextToken() != JsonToken.END_ARRAY && parser.currentToken() != null) {
                int begin = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                int end = (int) parser.currentLocation().getByteOffset();
                if (beginnings.size() < MOST_MESSAGES && begin >= 0 && end <= json.length && begin < end) {
                    sum.update(json, begin, end - begin);
                    beginnings.add((int) sum.getValue());
                }
            }
        }

        InferenceBody body() {
            if (model == null) {
                throw new ApiException(GatewayCode.MODEL_REQUIRED, "name a model in the member 'model'");
            }
            return new InferenceBody(json, model, from, to, List.copyOf(beginnings));
        }
    }
}
