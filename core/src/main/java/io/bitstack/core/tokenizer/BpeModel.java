package io.bitstack.core.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Byte-pair encoding of one word: the merge of lowest rank first, the leftmost among equals. */
final class BpeModel {
    /** A merge of the tokens {@code left} and {@code right}. */
    private record Pair(int left, int right) {}

    private record Merge(int rank, int result) {}

    /** A possible merge: valid only while {@code left} still stands at {@code at} and its neighbour is still {@code right}. */
    private record Candidate(int rank, int at, int left, int right, int result) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int byRank = Integer.compare(rank, other.rank);
            return byRank != 0 ? byRank : Integer.compare(at, other.at);
        }
    }

    private static final int GONE = -2;

    private final Map<String, Integer> vocabulary;
    private final Map<Pair, Merge> merges = new HashMap<>();
    private final boolean byteFallback;
    private final boolean ignoreMerges;
    private final boolean fuseUnknown;
    private final @Nullable Integer unknown;

    BpeModel(
            Map<String, Integer> vocabulary,
            List<String[]> merges,
            boolean byteFallback,
            boolean ignoreMerges,
            boolean fuseUnknown,
            @Nullable String unknown) {
        this.vocabulary = vocabulary;
        this.byteFallback = byteFallback;
        this.ignoreMerges = ignoreMerges;
        this.fuseUnknown = fuseUnknown;
        this.unknown = unknown == null ? null : require(unknown, "unk_token");
        for (int rank = 0; rank < merges.size(); rank++) {
            String left = merges.get(rank)[0];
            String right = merges.get(rank)[1];
            this.merges.putIfAbsent(
                    new Pair(require(left, "a merge"), require(right, "a merge")),
                    new Merge(rank, require(left + right, "a merge")));
        }
    }

    private int require(String token, String where) {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new TokenizerException("%s names '%s', which is not in the vocabulary".formatted(where, token));
        }
        return id;
    }

    void encode(String word, List<Integer> out) {
        if (ignoreMerges) {
            Integer whole = vocabulary.get(word);
            if (whole != null) {
                out.add(whole);
                return;
            }
        }
        int[] ids = symbols(word);
        int[] next = new int[ids.length];
        int[] previous = new int[ids.length];
        PriorityQueue<Candidate> queue = new PriorityQueue<>();
        for (int i = 0; i < ids.length; i++) {
            next[i] = i + 1 < ids.length ? i + 1 : -1;
            previous[i] = i - 1;
        }
        for (int i = 0; i + 1 < ids.length; i++) {
            offer(queue, ids, i, i + 1);
        }
        for (Candidate best = queue.poll(); best != null; best = queue.poll()) {
            int at = best.at;
            int right = next[at];
            if (ids[at] != best.left || right < 0 || ids[right] != best.right) {
                continue;
            }
            ids[at] = best.result;
            ids[right] = GONE;
            next[at] = next[right];
            if (next[at] >= 0) {
                previous[next[at]] = at;
                offer(queue, ids, at, next[at]);
            }
            if (previous[at] >= 0) {
                offer(queue, ids, previous[at], at);
            }
        }
        for (int id : ids) {
            if (id != GONE) {
                out.add(id);
            }
        }
    }

    private void offer(PriorityQueue<Candidate> queue, int[] ids, int left, int right) {
        Merge merge = merges.get(new Pair(ids[left], ids[right]));
        if (merge != null) {
            queue.add(new Candidate(merge.rank, left, ids[left], ids[right], merge.result));
        }
    }

    /** One symbol a character, or one a byte where the character is unknown and bytes may stand in. */
    private int[] symbols(String word) {
        List<Integer> ids = new ArrayList<>(word.length());
        boolean afterUnknown = false;
        for (int i = 0; i < word.length(); ) {
            int length = Character.charCount(word.codePointAt(i));
            String character = word.substring(i, i + length);
            i += length;
            Integer id = vocabulary.get(character);
            if (id != null) {
                ids.add(id);
                afterUnknown = false;
            } else if (!byteFallback || !addBytes(character, ids)) {
                if (unknown != null && !(fuseUnknown && afterUnknown)) {
                    ids.add(unknown);
                }
                afterUnknown = true;
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private boolean addBytes(String character, List<Integer> ids) {
        List<Integer> bytes = new ArrayList<>(4);
        for (byte b : character.getBytes(StandardCharsets.UTF_8)) {
            Integer id = vocabulary.get("<0x%02X>".formatted(b & 0xFF));
            if (id == null) {
                return false;
            }
            bytes.add(id);
        }
        ids.addAll(bytes);
        return true;
    }
}
