package io.bitstack.inference.chat;

import io.bitstack.core.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a client writes from becoming control tokens. A mark is put into every special token's text that a client's text
 * holds; after rendering the text is cut at the marks, and each part is encoded by itself, so the special token is never seen whole.
 */
final class SpecialTexts {
    /** A code point that no text has: Unicode reserves it for use inside a program. */
    private static final char MARK = '\uFDD0';

    private final Tokenizer tokenizer;

    SpecialTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The same value, with all texts in it marked. */
    @Nullable
    Object mark(@Nullable Object value) {
        return switch (value) {
            case String text -> mark(text);
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> marked = new LinkedHashMap<>();
                map.forEach((key, item) -> marked.put(mark(String.valueOf(key)), mark(item)));
                yield marked;
            }
            case List<?> list -> {
                List<@Nullable Object> marked = new ArrayList<>(list.size());
                list.forEach(item -> marked.add(mark(item)));
                yield marked;
            }
            case null, default -> value;
        };
    }

    private String mark(String text) {
        String marked = text.replace(String.valueOf(MARK), "");
        boolean found = true;
        while (found) {
            found = false;
            // Each kind once: a text may be nothing but special tokens, and replacing reads all of it.
            Set<Integer> specials = new LinkedHashSet<>();
            for (String part : marked.split(String.valueOf(MARK), -1)) {
                for (int id : tokenizer.encode(part, false)) {
                    if (tokenizer.isSpecial(id)) {
                        specials.add(id);
                    }
                }
            }
            for (int id : specials) {
                String special = tokenizer.decode(new int[] {id}, false);
                // Every round leaves fewer unbroken ones; a special token of one character is dropped.
                String broken = special.length() < 2 ? "" : special.charAt(0) + "" + MARK + special.substring(1);
                String before = marked;
                marked = marked.replace(special, broken);
                found |= !marked.equals(before);
            }
        }
        return marked;
    }

    /** The tokens of a rendered text; special tokens are those that the template wrote. */
    int[] encode(String rendered) {
        List<int[]> parts = new ArrayList<>();
        int count = 0;
        for (String part : rendered.split(String.valueOf(MARK), -1)) {
            int[] tokens = tokenizer.encode(part, false);
            parts.add(tokens);
            count += tokens.length;
        }
        int[] all = new int[count];
        int at = 0;
        for (int[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
