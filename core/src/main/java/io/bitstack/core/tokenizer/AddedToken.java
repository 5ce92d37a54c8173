package io.bitstack.core.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A token that is found in the text before anything else happens to it.
 *
 * @param content its text
 * @param singleWord found only where no letter, digit or underscore touches it
 * @param stripLeft takes the white space before it along
 * @param stripRight takes the white space after it along
 * @param normalized looked for, itself normalized, in normalized text
 * @param special left out of decoded text on demand
 */
record AddedToken(
        int id,
        String content,
        boolean singleWord,
        boolean stripLeft,
        boolean stripRight,
        boolean normalized,
        boolean special) {
    private static final String MEMBER = "added_tokens";

    /** Bounds the work at each character of a text. */
    private static final int LONGEST_CONTENT = 512;

    /** The member {@code added_tokens}; the last of those with the same text counts. */
    static List<AddedToken> all(JsonNode nodes, Map<String, Integer> vocabulary) {
        if (Members.absent(nodes)) {
            return List.of();
        }
        if (!nodes.isArray()) {
            throw Members.wrong(MEMBER, "must be an array");
        }
        Set<Integer> used = new HashSet<>(vocabulary.values());
        Map<String, AddedToken> byContent = new HashMap<>();
        List<String> order = new ArrayList<>();
        for (JsonNode node : nodes) {
            AddedToken token = of(node);
            if (token.content.isEmpty()) {
                continue;
            }
            AddedToken before = byContent.put(token.content, token);
            if (before == null) {
                order.add(token.content);
            }
            Integer known = before != null ? (Integer) before.id : vocabulary.get(token.content);
            if (known != null && known != token.id) {
                throw Members.wrong(
                        MEMBER,
                        "gives '%s' the id %d, but it has the id %d already"
                                .formatted(Members.clip(token.content), token.id, known));
            }
            if (known == null && !used.add(token.id)) {
                throw Members.wrong(
                        MEMBER,
                        "gives '%s' the id %d, which another token has"
                                .formatted(Members.clip(token.content), token.id));
            }
        }
        return order.stream().map(byContent::get).toList();
    }

    private static AddedToken of(JsonNode node) {
        String content = Members.string(node, "content", MEMBER);
        if (content.length() > LONGEST_CONTENT) {
            throw Members.wrong(MEMBER, "has a token of more than %d characters".formatted(LONGEST_CONTENT));
        }
        int id = Members.integer(
                node.path("id"), 0, Vocabulary.LARGEST_ID, MEMBER + ", id of '" + Members.clip(content) + "',");
        boolean special = Members.flag(node, "special", false, MEMBER);
        return new AddedToken(
                id,
                content,
                Members.flag(node, "single_word", false, MEMBER),
                Members.flag(node, "lstrip", false, MEMBER),
                Members.flag(node, "rstrip", false, MEMBER),
                Members.flag(node, "normalized", !special, MEMBER),
                special);
    }
}
