package io.bitstack.core.tokenizer;

import java.util.Arrays;

/** Merges of two tokens by their ids: an open hash table in flat arrays, read only once it is filled. */
final class MergeTable {
    /** No merge. */
    static final int NONE = Integer.MAX_VALUE;

    private final long[] keys;
    private final int[] ranks;
    private final int[] results;
    private final int mask;

    MergeTable(int merges) {
        int capacity = Integer.highestOneBit(Math.max(8, merges)) << 2;
        this.keys = new long[capacity];
        Arrays.fill(keys, -1);
        this.ranks = new int[capacity];
        this.results = new int[capacity];
        this.mask = capacity - 1;
    }

    /** The last of equal pairs counts. */
    void put(int left, int right, int rank, int result) {
        int slot = slot(left, right);
        keys[slot] = key(left, right);
        ranks[slot] = rank;
        results[slot] = result;
    }

    /** The rank of a merge, low ones first; {@link #NONE} if there is none. */
    int rank(int left, int right) {
        int slot = slot(left, right);
        return keys[slot] < 0 ? NONE : ranks[slot];
    }

    /** The token that a merge gives, for a pair that has one. */
    int result(int left, int right) {
        return results[slot(left, right)];
    }

    private static long key(int left, int right) {
        return ((long) left << 32) | right;
    }

    private int slot(int left, int right) {
        long key = key(left, right);
        long mixed = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (keys[slot] != key && keys[slot] >= 0) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
