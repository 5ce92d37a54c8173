package io.bitstack.inference.sampling;

/** Hands out indices in order of falling weight, equal ones by index; a heap, since few of many are asked for. */
final class Heaviest {
    private final float[] weights;
    private final int[] heap;
    private int size;

    Heaviest(float[] weights) {
        this.weights = weights;
        this.heap = new int[weights.length];
        this.size = weights.length;
        for (int i = 0; i < size; i++) {
            heap[i] = i;
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    /** The heaviest index that is left. There must be one. */
    int poll() {
        int top = heap[0];
        heap[0] = heap[--size];
        sink(0);
        return top;
    }

    /** The weight of the {@code count} heaviest; they are taken out. */
    double sum(int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights[poll()];
        }
        return sum;
    }

    private void sink(int from) {
        int at = from;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && heavier(heap[child + 1], heap[child])) {
                child++;
            }
            if (!heavier(heap[child], heap[at])) {
                return;
            }
            int moved = heap[at];
            heap[at] = heap[child];
            heap[child] = moved;
            at = child;
        }
    }

    private boolean heavier(int a, int b) {
        return weights[a] > weights[b] || (weights[a] == weights[b] && a < b);
    }
}
