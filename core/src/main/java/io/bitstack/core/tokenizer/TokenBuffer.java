package io.bitstack.core.tokenizer;

import java.util.Arrays;

/** A growing list of ints. */
final class TokenBuffer {
    private int[] values;
    private int size;

    TokenBuffer(int capacity) {
        this.values = new int[Math.max(4, capacity)];
    }

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, grown(size + 1));
        }
        values[size++] = value;
    }

    void addAll(int[] more) {
        addAll(more, more.length);
    }

    void addAll(int[] more, int count) {
        if (size + count > values.length) {
            values = Arrays.copyOf(values, grown(size + count));
        }
        System.arraycopy(more, 0, values, size, count);
        size += count;
    }

    private int grown(int needed) {
        return Math.max(needed, Math.toIntExact(Math.min(Integer.MAX_VALUE - 16L, 2L * values.length)));
    }

    int get(int index) {
        return values[index];
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    /** The values themselves, of which the first {@link #size} count: valid until the next change. */
    int[] raw() {
        return values;
    }

    int[] toArray() {
        return Arrays.copyOf(values, size);
    }
}
