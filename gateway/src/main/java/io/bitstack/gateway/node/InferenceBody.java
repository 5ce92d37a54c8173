package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * A completion request's body, of which the gateway reads the member {@code model} and nothing else.
 *
 * @param json the whole body
 * @param model the value of the member
 * @param from where the value begins in the body, its first quote
 * @param to behind the value's last quote
 */
record InferenceBody(byte[] json, String model, int from, int to) {
    /** Finds the model; throws when the body is not a JSON object with exactly one. */
    static InferenceBody read(byte[] json, JsonMapper mapper) {
        InferenceBody found = null;
        try (JsonParser parser = mapper.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ApiException(CommonCode.REQUEST_INVALID, "the body has to be a JSON object");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean isModel = parser.currentName().equals("model");
                JsonToken value = parser.nextToken();
                if (isModel) {
                    found = model(json, parser, value, found);
                } else {
                    parser.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "the body is not JSON: " + e.getOriginalMessage(), e);
        }
        if (found == null) {
            throw new ApiException(GatewayCode.MODEL_REQUIRED, "name a model in the member 'model'");
        }
        return found;
    }

    private static InferenceBody model(
            byte[] json, JsonParser parser, JsonToken value, @Nullable InferenceBody before) {
        if (value != JsonToken.VALUE_STRING || parser.getString().isBlank() || before != null) {
            throw new ApiException(GatewayCode.MODEL_REQUIRED, "the member 'model' has to be one string");
        }
        String model = parser.getString();
        int from = (int) parser.currentTokenLocation().getByteOffset();
        int to = (int) parser.currentLocation().getByteOffset();
        if (from < 0 || to > json.length || json[from] != '"' || json[to - 1] != '"') {
            throw new ApiException(CommonCode.REQUEST_INVALID, "the body has to be JSON in UTF-8");
        }
        return new InferenceBody(json, model, from, to);
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
}
