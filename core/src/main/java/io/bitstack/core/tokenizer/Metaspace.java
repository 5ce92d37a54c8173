package io.bitstack.core.tokenizer;

import tools.jackson.databind.JsonNode;

/**
 * SentencePiece's stand-in for the space, as pre-tokenizer and as decoder.
 *
 * @param split whether words are cut apart in front of each stand-in
 */
record Metaspace(char replacement, Prepend prepend, boolean split) {
    /** Where a stand-in is put in front. */
    enum Prepend {
        ALWAYS,
        FIRST,
        NEVER
    }

    static Metaspace of(JsonNode node, String member) {
        String replacement = node.has("replacement") ? Members.string(node, "replacement", member) : "\u2581";
        if (replacement.length() != 1) {
            throw Members.wrong(member, "needs a replacement of one character of the basic plane");
        }
        Prepend prepend = Prepend.ALWAYS;
        if (node.has("prepend_scheme")) {
            String scheme = Members.string(node, "prepend_scheme", member);
            prepend = switch (scheme) {
                case "always" -> Prepend.ALWAYS;
                case "first" -> Prepend.FIRST;
                case "never" -> Prepend.NEVER;
                default -> throw Members.unsupported(member + ", prepend_scheme", scheme, "always, first, never");
            };
        }
        // Older files have only this flag.
        if (!Members.flag(node, "add_prefix_space", true, member)) {
            prepend = Prepend.NEVER;
        }
        return new Metaspace(replacement.charAt(0), prepend, Members.flag(node, "split", true, member));
    }

    PreTokenizer preTokenizer() {
        return (text, from, to, atStart, out) -> {
            boolean add = text[from] != ' '
                    && text[from] != replacement
                    && (prepend == Prepend.ALWAYS || (prepend == Prepend.FIRST && atStart));
            int extra = add ? 1 : 0;
            char[] replaced = new char[to - from + extra];
            replaced[0] = replacement;
            for (int i = from; i < to; i++) {
                replaced[i - from + extra] = text[i] == ' ' ? replacement : text[i];
            }
            int start = 0;
            for (int i = 1; split && i < replaced.length; i++) {
                // Every stand-in starts a piece, also in a run of them.
                if (replaced[i] == replacement) {
                    out.piece(replaced, start, i, atStart && start == 0);
                    start = i;
                }
            }
            out.piece(replaced, start, replaced.length, atStart && start == 0);
        };
    }

    /** The text of a token. */
    String decode(String token, boolean first) {
        return first && prepend != Prepend.NEVER
                ? token.replace(String.valueOf(replacement), "")
                : token.replace(replacement, ' ');
    }
}
