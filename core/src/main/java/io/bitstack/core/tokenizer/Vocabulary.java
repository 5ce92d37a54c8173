package io.bitstack.core.tokenizer;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The members {@code vocab} and {@code merges} of a BPE model. */
final class Vocabulary {
    /** Tables are as long as the highest id; published vocabularies have some 260,000 tokens. */
    static final int LARGEST_ID = (1 << 21) - 1;

    private Vocabulary() {}

    static Map<String, Integer> tokens(JsonNode vocab) {
        if (!vocab.isObject()) {
            throw Members.wrong("model.vocab", "must be an object of tokens and their ids");
        }
        Map<String, Integer> tokens = HashMap.newHashMap(vocab.size());
        Map<Integer, String> owners = HashMap.newHashMap(vocab.size());
        vocab.properties().forEach(entry -> {
            String token = entry.getKey();
            int id = Members.integer(
                    entry.getValue(), 0, LARGEST_ID, "model.vocab, id of '" + Members.clip(token) + "',");
            String owner = owners.put(id, token);
            if (owner != null) {
                throw Members.wrong(
                        "model.vocab",
                        "gives the id %d to both '%s' and '%s'"
                                .formatted(id, Members.clip(owner), Members.clip(token)));
            }
            tokens.put(token, id);
        });
        return tokens;
    }

    static MergeTable merges(JsonNode merges, Map<String, Integer> tokens) {
        if (!merges.isArray()) {
            throw Members.wrong("model.merges", "must be an array");
        }
        MergeTable table = new MergeTable(merges.size());
        int rank = 0;
        for (JsonNode merge : merges) {
            if (merge.isString() && merge.asString().startsWith("#version")) {
                continue;
            }
            String[] pair = pair(merge);
            table.put(id(tokens, pair[0]), id(tokens, pair[1]), rank++, id(tokens, pair[0] + pair[1]));
        }
        return table;
    }

    private static String[] pair(JsonNode merge) {
        if (merge.isArray()
                && merge.size() == 2
                && merge.get(0).isString()
                && merge.get(1).isString()) {
            return new String[] {merge.get(0).asString(), merge.get(1).asString()};
        }
        String[] parts = merge.isString() ? merge.asString().split(" ", -1) : new String[0];
        if (parts.length != 2) {
            throw Members.wrong(
                    "model.merges",
                    "has %s, which names no two tokens: \"a b\" or [\"a\", \"b\"]"
                            .formatted(Members.clip(merge.toString())));
        }
        return parts;
    }

    private static int id(Map<String, Integer> tokens, String token) {
        Integer id = tokens.get(token);
        if (id == null) {
            throw Members.wrong(
                    "model.merges", "names '%s', which is not in the vocabulary".formatted(Members.clip(token)));
        }
        return id;
    }
}
