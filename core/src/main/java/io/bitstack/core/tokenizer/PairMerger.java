package io.bitstack.core.tokenizer;

/**
 * Merges the tokens of a word, the pair of lowest rank first and the leftmost among equals, until no pair has a merge: in n² steps
 * for short words, which have little to set up, in n log n for others.
 */
final class PairMerger {
    /** Tokens up to which trying all pairs is the faster way. */
    private static final int SHORT = 40;

    private static final int GONE = -1;

    private final MergeTable merges;

    PairMerger(MergeTable merges) {
        this.merges = merges;
    }

    /** Merges the first {@code count} ids in place and returns how many are left. */
    int merge(int[] ids, int count) {
        return count <= SHORT ? mergeShort(ids, count) : mergeLong(ids, count);
    }

    /** As {@link #merge}, for few ids. */
    int mergeShort(int[] ids, int count) {
        int n = count;
        int[] ranks = new int[Math.max(n - 1, 0)];
        for (int i = 0; i + 1 < n; i++) {
            ranks[i] = merges.rank(ids[i], ids[i + 1]);
        }
        while (n > 1) {
            int best = 0;
            for (int i = 1; i + 1 < n; i++) {
                if (ranks[i] < ranks[best]) {
                    best = i;
                }
            }
            if (ranks[best] == MergeTable.NONE) {
                return n;
            }
            ids[best] = merges.result(ids[best], ids[best + 1]);
            System.arraycopy(ids, best + 2, ids, best + 1, n - best - 2);
            if (best + 2 < n) {
                System.arraycopy(ranks, best + 1, ranks, best, n - best - 2);
                ranks[best] = merges.rank(ids[best], ids[best + 1]);
            }
            n--;
            if (best > 0) {
                ranks[best - 1] = merges.rank(ids[best - 1], ids[best]);
            }
        }
        return n;
    }

    /** As {@link #merge}, for many ids. */
    int mergeLong(int[] ids, int count) {
        int[] next = new int[count];
        int[] previous = new int[count];
        RankHeap heap = new RankHeap(count);
        for (int i = 0; i < count; i++) {
            next[i] = i + 1 < count ? i + 1 : GONE;
            previous[i] = i - 1;
            if (i + 1 < count) {
                offer(heap, ids, i, i + 1);
            }
        }
        while (!heap.isEmpty()) {
            long top = heap.poll();
            int at = RankHeap.position(top);
            int right = next[at];
            // A pair that has changed since is in the heap again, with its own rank.
            if (ids[at] == GONE || right == GONE || merges.rank(ids[at], ids[right]) != RankHeap.rank(top)) {
                continue;
            }
            ids[at] = merges.result(ids[at], ids[right]);
            ids[right] = GONE;
            int after = next[right];
            next[at] = after;
            if (after != GONE) {
                previous[after] = at;
                offer(heap, ids, at, after);
            }
            if (previous[at] >= 0) {
                offer(heap, ids, previous[at], at);
            }
        }
        int left = 0;
        for (int i = 0; i != GONE && i < count; i = next[i]) {
            ids[left++] = ids[i];
        }
        return left;
    }

    private void offer(RankHeap heap, int[] ids, int left, int right) {
        int rank = merges.rank(ids[left], ids[right]);
        if (rank != MergeTable.NONE) {
            heap.add(rank, left);
        }
    }
}
