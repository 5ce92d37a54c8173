package io.bitstack.core.tokenizer;

import java.util.Arrays;
import java.util.Locale;

/**
 * Matches of a pattern and the gaps between them, which together cover a text, and how each way of splitting joins or removes
 * them. Positions count from the start of the piece that is cut.
 */
final class Cuts {
    /** What becomes of a match, in the words of tokenizer.json. */
    enum Behavior {
        REMOVED,
        ISOLATED,
        MERGED_WITH_PREVIOUS,
        MERGED_WITH_NEXT,
        CONTIGUOUS;

        static Behavior of(String name, String where) {
            for (Behavior behavior : values()) {
                if (behavior.spelled().equals(name)) {
                    return behavior;
                }
            }
            throw Members.unsupported(
                    where + ", behavior",
                    name,
                    String.join(
                            ", ", Arrays.stream(values()).map(Behavior::spelled).toList()));
        }

        private String spelled() {
            StringBuilder name = new StringBuilder();
            for (String word : name().split("_")) {
                name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
            }
            return name.toString();
        }
    }

    private final TokenBuffer ends = new TokenBuffer(64);
    private final TokenBuffer matches = new TokenBuffer(64);

    private int end() {
        return ends.size() == 0 ? 0 : ends.get(ends.size() - 1);
    }

    /** Adds a match, and the gap before it. */
    void match(int from, int to) {
        if (from == to && from == end() && from > 0) {
            // An empty match where the last one ended is none.
            return;
        }
        if (from > end()) {
            add(from, 0);
        }
        add(to, 1);
    }

    /** Adds the gap after the last match. */
    void finish(int length) {
        if (length > end()) {
            add(length, 0);
        }
    }

    private void add(int to, int match) {
        ends.add(to);
        matches.add(match);
    }

    /** Hands on the pieces, without the empty ones. */
    void emit(Behavior behavior, boolean invert, char[] text, int offset, boolean atStart, PreTokenizer.Pieces out) {
        int pieceStart = 0;
        for (int i = 0; i < ends.size(); i++) {
            int end = ends.get(i);
            boolean isMatch = (matches.get(i) == 1) != invert;
            boolean last = i + 1 == ends.size();
            boolean nextIsMatch = !last && (matches.get(i + 1) == 1) != invert;
            boolean joined = !last
                    && switch (behavior) {
                        case REMOVED, ISOLATED -> false;
                        case CONTIGUOUS -> isMatch == nextIsMatch;
                        case MERGED_WITH_PREVIOUS -> !isMatch && nextIsMatch;
                        case MERGED_WITH_NEXT -> isMatch && !nextIsMatch;
                    };
            if (joined) {
                continue;
            }
            if (end > pieceStart && !(behavior == Behavior.REMOVED && isMatch)) {
                out.piece(text, offset + pieceStart, offset + end, atStart && pieceStart == 0);
            }
            pieceStart = end;
        }
    }
}
