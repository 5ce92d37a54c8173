package io.bitstack.core.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Windows of a text that go through the model together, so that weights are read once for all of them: of the same length, and no more tokens than a chunk
 * has, unless it is a single one.
 *
 * @param firstScored tokens that are scored in the windows before
 */
public record WindowGroup(List<int[]> windows, int firstScored) {
    /**
     * All windows, in order.
     *
     * @param mostTokens of a group of more than one
     */
    public static List<WindowGroup> of(List<int[]> windows, int mostTokens) {
        List<WindowGroup> groups = new ArrayList<>();
        int scored = 0;
        for (int first = 0; first < windows.size(); ) {
            int length = windows.get(first).length;
            int end = first + 1;
            while (end < windows.size()
                    && windows.get(end).length == length
                    && (end + 1 - first) * (long) length <= mostTokens) {
                end++;
            }
            groups.add(new WindowGroup(List.copyOf(windows.subList(first, end)), scored));
            scored += (end - first) * (length - 1);
            first = end;
        }
        return groups;
    }

    int windowTokens() {
        return windows.getFirst().length;
    }

    /** The tokens of one window after the other. */
    public int[] tokens() {
        return windows.stream().flatMapToInt(Arrays::stream).toArray();
    }
}
