package io.bitstack.compression.encode;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Parts as JSON, for whoever remembers them. */
public final class PartText {
    private static final JsonMapper JSON = JsonMapper.shared();

    private PartText() {}

    /** A part as JSON. */
    public static String write(PartMemory.Part part) {
        return JSON.writeValueAsString(node(part));
    }

    /** A part from what {@link #write} wrote. */
    public static PartMemory.Part read(String text) {
        return part(JSON.readTree(text));
    }

    /** What became of an {@link TaskKind#ENCODE} task: the blob of its input, and the matrix's part, which may have been there before. */
    record Encoded(Descriptor input, PartMemory.Part part, boolean reused) {
        String write() {
            ObjectNode node = node(part);
            describe(input, node.putObject("input"));
            node.put("reused", reused);
            return JSON.writeValueAsString(node);
        }

        static Encoded read(String text) {
            JsonNode node = JSON.readTree(text);
            return new Encoded(
                    descriptor(node.path("input")),
                    PartText.part(node),
                    node.path("reused").asBoolean(false));
        }
    }

    private static ObjectNode node(PartMemory.Part part) {
        ObjectNode node = JSON.createObjectNode();
        node.put("startLevel", part.startLevel());
        ArrayNode blobs = node.putArray("blobs");
        part.blobs().forEach(blob -> describe(blob, blobs.addObject()));
        ArrayNode errors = node.putArray("weightedErrors");
        part.weightedErrors().forEach(errors::add);
        return node;
    }

    private static PartMemory.Part part(JsonNode node) {
        List<Descriptor> blobs = new ArrayList<>();
        node.path("blobs").forEach(blob -> blobs.add(descriptor(blob)));
        List<Double> errors = new ArrayList<>();
        node.path("weightedErrors").forEach(error -> errors.add(error.asDouble()));
        return new PartMemory.Part(node.path("startLevel").asInt(), blobs, errors);
    }

    private static void describe(Descriptor blob, ObjectNode node) {
        node.put("digest", blob.digest().toString()).put("sizeBytes", blob.sizeBytes());
    }

    private static Descriptor descriptor(JsonNode node) {
        return new Descriptor(
                Digest.parse(node.path("digest").asString()),
                node.path("sizeBytes").asLong());
    }
}
