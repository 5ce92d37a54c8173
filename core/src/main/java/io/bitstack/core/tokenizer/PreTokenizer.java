package io.bitstack.core.tokenizer;

/** Cuts text into pieces, none of which is empty, in order; may rewrite it (a space in front, a space's stand-in). */
interface PreTokenizer {
    /** Receives pieces. */
    interface Pieces {
        /** @param atStart whether the piece is the very start of the text that was given to the tokenizer */
        void piece(char[] text, int from, int to, boolean atStart);
    }

    /** Leaves the text whole. */
    PreTokenizer WHOLE = (text, from, to, atStart, out) -> out.piece(text, from, to, atStart);

    void cut(char[] text, int from, int to, boolean atStart, Pieces out);

    /** This one, then another on every piece. */
    default PreTokenizer then(PreTokenizer next) {
        return this == WHOLE
                ? next
                : next == WHOLE
                        ? this
                        : (text, from, to, atStart, out) ->
                                cut(text, from, to, atStart, (t, f, e, s) -> next.cut(t, f, e, s, out));
    }

    /** The words of a scanner. */
    static PreTokenizer words(WordScanner scanner) {
        return (text, from, to, atStart, out) -> {
            int at = from;
            while (at < to) {
                int end = scanner.end(text, at, to);
                out.piece(text, at, end, atStart && at == from);
                at = end;
            }
        };
    }
}
