package io.bitstack.core.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Token ids of words met lately. Bounded: each word has one place, and a word that comes to a taken place takes it over. Threads
 * share it without locks: an entry never changes once made, so a reader sees a whole one or misses it.
 */
final class WordCache {
    /** Longer words are rare, and not worth their place. */
    static final int LONGEST_WORD = 32;

    private static final int PLACES = 1 << 15;

    private record Entry(int hash, char[] word, int[] ids) {}

    private final @Nullable Entry[] places = new @Nullable Entry[PLACES];

    static int hash(char[] text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text[i];
        }
        return hash;
    }

    private static int place(int hash) {
        return (hash * 0x9E3779B9) >>> 17;
    }

    /** Shared: not to be changed. */
    int @Nullable [] find(int hash, char[] text, int from, int to) {
        Entry entry = places[place(hash)];
        if (entry == null || entry.hash != hash || entry.word.length != to - from) {
            return null;
        }
        for (int i = 0; i < entry.word.length; i++) {
            if (entry.word[i] != text[from + i]) {
                return null;
            }
        }
        return entry.ids;
    }

    void put(int hash, char[] text, int from, int to, int[] ids) {
        places[place(hash)] = new Entry(hash, Arrays.copyOfRange(text, from, to), ids);
    }
}
