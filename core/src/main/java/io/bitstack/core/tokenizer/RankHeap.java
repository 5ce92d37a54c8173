package io.bitstack.core.tokenizer;

import java.util.Arrays;

/** A binary heap of ranks and positions, the lowest rank first and the lowest position among equals; without boxes. */
final class RankHeap {
    private long[] entries;
    private int size;

    RankHeap(int capacity) {
        this.entries = new long[Math.max(16, capacity)];
    }

    static int rank(long entry) {
        return (int) (entry >>> 32);
    }

    static int position(long entry) {
        return (int) entry;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(int rank, int position) {
        if (size == entries.length) {
            entries = Arrays.copyOf(entries, Math.toIntExact(size + (size >> 1) + 1L));
        }
        long entry = ((long) rank << 32) | position;
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (entries[parent] <= entry) {
                break;
            }
            entries[at] = entries[parent];
            at = parent;
        }
        entries[at] = entry;
    }

    long poll() {
        long top = entries[0];
        long moved = entries[--size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && entries[child + 1] < entries[child]) {
                child++;
            }
            if (moved <= entries[child]) {
                break;
            }
            entries[at] = entries[child];
            at = child;
        }
        entries[at] = moved;
        return top;
    }
}
