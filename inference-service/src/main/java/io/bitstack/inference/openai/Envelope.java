package io.bitstack.inference.openai;

import io.bitstack.inference.resident.ServedModel;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What all chunks and choices of one answer have in common. */
record Envelope(String id, long createdSeconds, ServedModel model) {
    static Envelope of(String prefix, ServedModel model) {
        return new Envelope(prefix + UUID.randomUUID(), System.currentTimeMillis() / 1000, model);
    }

    /** A token's text inside a text: with its leading space, and U+FFFD for a part of a character. */
    String text(int token) {
        return new String(model.tokenizer().bytes(token), StandardCharsets.UTF_8);
    }

    /** An answer or a chunk that has no choices yet. */
    ObjectNode object(String kind) {
        ObjectNode object = JsonMapper.shared()
                .createObjectNode()
                .put("id", id)
                .put("object", kind)
                .put("created", createdSeconds)
                .put("model", model.name())
                .put("system_fingerprint", model.stack().toString());
        object.putArray("choices");
        return object;
    }
}
