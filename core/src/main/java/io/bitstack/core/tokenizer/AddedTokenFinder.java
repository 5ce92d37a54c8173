package io.bitstack.core.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in a text: the leftmost first, the longest where several start at one place. */
final class AddedTokenFinder {
    private static final Pattern WORD = Pattern.compile("\\w", Pattern.UNICODE_CHARACTER_CLASS);

    /** Receives tokens and the text between them, in order. */
    interface Parts {
        void text(char[] text, int from, int to);

        void token(AddedToken token);
    }

    /** A node of the trie of all patterns. */
    private static final class Node {
        private final Map<Character, Node> next = new HashMap<>();
        private @Nullable AddedToken token;
    }

    private final Node root = new Node();
    private final boolean[] startsAscii = new boolean[128];
    private boolean startsBeyondAscii;

    /** What is looked for, and the token that it is. */
    void add(String pattern, AddedToken token) {
        if (pattern.isEmpty()) {
            return;
        }
        Node node = root;
        for (int i = 0; i < pattern.length(); i++) {
            node = node.next.computeIfAbsent(pattern.charAt(i), c -> new Node());
        }
        // Of two tokens that look the same after normalization the first is found.
        if (node.token == null) {
            node.token = token;
        }
        if (pattern.charAt(0) < 128) {
            startsAscii[pattern.charAt(0)] = true;
        } else {
            startsBeyondAscii = true;
        }
    }

    /** A match, before white space is added to it. */
    private record Match(AddedToken token, int from, int to) {}

    private @Nullable Match matchAt(char[] text, int at, int end) {
        Match found = null;
        Node node = root.next.get(text[at]);
        for (int i = at + 1; node != null; i++) {
            if (node.token != null) {
                found = new Match(node.token, at, i);
            }
            node = i < end ? node.next.get(text[i]) : null;
        }
        return found;
    }

    /** Splits a part of a text; surrounding text beyond the part is not looked at. */
    void split(char[] text, int from, int to, Parts out) {
        int done = from;
        for (Match match : matches(text, from, to)) {
            int start = match.from;
            int stop = match.to;
            AddedToken token = match.token;
            if (token.singleWord() && (wordBefore(text, from, start) || wordAfter(text, stop, to))) {
                continue;
            }
            while (token.stripLeft() && start > from && CharClasses.isWhiteSpace(text[start - 1])) {
                start--;
            }
            start = Math.max(start, Math.min(done, match.from));
            while (token.stripRight() && stop < to && CharClasses.isWhiteSpace(text[stop])) {
                stop++;
            }
            if (start > done) {
                out.text(text, done, start);
            }
            out.token(token);
            done = Math.max(done, stop);
        }
        if (done < to) {
            out.text(text, done, to);
        }
    }

    private List<Match> matches(char[] text, int from, int to) {
        List<Match> matches = new ArrayList<>();
        for (int at = from; at < to; ) {
            char c = text[at];
            Match match = (c < 128 ? startsAscii[c] : startsBeyondAscii) ? matchAt(text, at, to) : null;
            if (match == null) {
                at++;
            } else {
                matches.add(match);
                at = match.to;
            }
        }
        return matches;
    }

    private static boolean wordBefore(char[] text, int from, int at) {
        return at > from && isWord(Character.codePointBefore(text, at, from));
    }

    private static boolean wordAfter(char[] text, int at, int to) {
        return at < to && isWord(Character.codePointAt(text, at, to));
    }

    private static boolean isWord(int codePoint) {
        return WORD.matcher(Character.toString(codePoint)).matches();
    }

    boolean isEmpty() {
        return root.next.isEmpty();
    }
}
