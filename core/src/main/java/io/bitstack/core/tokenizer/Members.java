package io.bitstack.core.tokenizer;

import tools.jackson.databind.JsonNode;

/** Reads members of a tokenizer.json with errors that name them. */
final class Members {
    /** Sequences in sequences, at most. */
    static final int DEEPEST = 8;

    private Members() {}

    static TokenizerException unsupported(String member, String type, String supported) {
        return new TokenizerException(
                "tokenizer.json: %s '%s' is not supported; supported: %s".formatted(member, clip(type), supported));
    }

    static TokenizerException wrong(String member, String problem) {
        return new TokenizerException("tokenizer.json: %s %s".formatted(member, problem));
    }

    static boolean absent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    static String type(JsonNode node, String member) {
        if (!node.isObject() || !node.path("type").isString()) {
            throw wrong(member, "must be an object with a type");
        }
        return node.path("type").asString();
    }

    static String string(JsonNode node, String name, String member) {
        JsonNode value = node.path(name);
        if (!value.isString()) {
            throw wrong(member, "needs the string '%s'".formatted(name));
        }
        return value.asString();
    }

    static boolean flag(JsonNode node, String name, boolean otherwise, String member) {
        JsonNode value = node.path(name);
        if (absent(value)) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw wrong(member, "needs true or false for '%s'".formatted(name));
        }
        return value.asBoolean();
    }

    static int integer(JsonNode node, int least, int most, String what) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.asInt() < least || node.asInt() > most) {
            throw wrong(
                    what, "must be a whole number from %d to %d, not %s".formatted(least, most, clip(node.toString())));
        }
        return node.asInt();
    }

    /** The array that a Sequence needs. */
    static Iterable<JsonNode> parts(JsonNode node, String name, String member) {
        if (!node.path(name).isArray()) {
            throw wrong(member, "Sequence needs the array '%s'".formatted(name));
        }
        return node.path(name);
    }

    static int deeper(int depth, String member) {
        if (depth >= DEEPEST) {
            throw wrong(member, "has Sequences nested more than %d deep".formatted(DEEPEST));
        }
        return depth + 1;
    }

    /** A text from outside, short enough for a message. */
    static String clip(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
