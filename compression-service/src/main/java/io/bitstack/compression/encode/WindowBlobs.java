package io.bitstack.compression.encode;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Windows of token ids in a blob store, for other workers and for a later run. */
final class WindowBlobs {
    private static final long MOST_BYTES = 1L << 30;

    private WindowBlobs() {}

    static byte[] bytes(List<int[]> windows) {
        int numbers = 1 + windows.stream().mapToInt(window -> 1 + window.length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers, Integer.BYTES));
        bytes.putInt(windows.size());
        for (int[] window : windows) {
            bytes.putInt(window.length);
            for (int token : window) {
                bytes.putInt(token);
            }
        }
        return bytes.array();
    }

    static Digest put(List<int[]> windows, BlobStore store) throws IOException {
        return store.put(ByteBuffer.wrap(bytes(windows))).digest();
    }

    static List<int[]> read(Digest digest, BlobStore store) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(store.read(digest, MOST_BYTES));
        int count = bytes.getInt();
        List<int[]> windows = new ArrayList<>(count);
        for (int w = 0; w < count; w++) {
            int[] window = new int[bytes.getInt()];
            for (int t = 0; t < window.length; t++) {
                window[t] = bytes.getInt();
            }
            windows.add(window);
        }
        return windows;
    }
}
