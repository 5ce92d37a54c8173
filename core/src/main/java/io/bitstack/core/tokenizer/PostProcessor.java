package io.bitstack.core.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * What a post-processor puts around the tokens of one text.
 *
 * @param before ids in front, such as a start token
 * @param after ids behind
 */
record PostProcessor(List<Integer> before, List<Integer> after) {
    private static final String MEMBER = "post_processor";
    private static final PostProcessor NOTHING = new PostProcessor(List.of(), List.of());

    static PostProcessor of(JsonNode node) {
        return of(node, 0);
    }

    private static PostProcessor of(JsonNode node, int depth) {
        if (Members.absent(node)) {
            return NOTHING;
        }
        String type = Members.type(node, MEMBER);
        return switch (type) {
            // Changes offsets only, which nobody asks for here.
            case "ByteLevel" -> NOTHING;
            case "Sequence" -> {
                PostProcessor all = NOTHING;
                for (JsonNode part : Members.parts(node, "processors", MEMBER)) {
                    all = around(of(part, Members.deeper(depth, MEMBER)), all);
                }
                yield all;
            }
            case "TemplateProcessing" -> template(node);
            default -> throw Members.unsupported(MEMBER, type, "Sequence, TemplateProcessing, ByteLevel");
        };
    }

    private static PostProcessor around(PostProcessor outer, PostProcessor inner) {
        return new PostProcessor(
                Stream.concat(outer.before.stream(), inner.before.stream()).toList(),
                Stream.concat(inner.after.stream(), outer.after.stream()).toList());
    }

    private static PostProcessor template(JsonNode node) {
        String member = MEMBER + " TemplateProcessing";
        if (!node.path("single").isArray()) {
            throw Members.wrong(member, "needs the array 'single'");
        }
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        int texts = 0;
        for (JsonNode part : node.path("single")) {
            if (part.has("Sequence")) {
                texts += part.path("Sequence").path("id").asString("").equals("A") ? 1 : 2;
            } else if (part.has("SpecialToken")) {
                String token = Members.string(part.path("SpecialToken"), "id", member);
                JsonNode ids = node.path("special_tokens").path(token).path("ids");
                if (!ids.isArray()) {
                    throw Members.wrong(
                            member, "names '%s', which special_tokens does not hold".formatted(Members.clip(token)));
                }
                ids.forEach(id -> Members.integer(id, 0, Vocabulary.LARGEST_ID, member + ", an id"));
                for (JsonNode id : ids) {
                    (texts == 0 ? before : after).add(id.asInt());
                }
            } else {
                throw Members.wrong(member, "has a part that is neither Sequence nor SpecialToken");
            }
        }
        if (texts != 1) {
            throw Members.wrong(member, "must hold the text, Sequence A, once in 'single'");
        }
        return new PostProcessor(before, after);
    }
}
