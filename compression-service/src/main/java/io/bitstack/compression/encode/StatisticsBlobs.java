package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Statistics of an input in a blob store, for other workers to encode with, bit for bit: the scales, then the lower triangle of H row by row, cut
 * into blobs of some megabytes. No manifest names them, so the collector of garbage takes them in time.
 */
final class StatisticsBlobs {
    private static final int PIECE_BYTES = 16 << 20;
    private static final int MIRRORED_AT_ONCE = 64;

    private StatisticsBlobs() {}

    /** @return what {@link #read} needs to know */
    static String put(InputStatistics statistics, BlobStore store) throws IOException {
        int n = statistics.columns();
        List<String> pieces = new ArrayList<>();
        long allBytes = Float.BYTES * (n + n * (n + 1L) / 2);
        int most = (int) Math.min(allBytes, Math.max(PIECE_BYTES, n * Float.BYTES));
        ByteBuffer piece = ByteBuffer.allocate(most).order(ByteOrder.LITTLE_ENDIAN);
        for (float scale : statistics.scale()) {
            piece.putFloat(scale);
        }
        for (int i = 0; i < n; i++) {
            if (piece.remaining() < (i + 1) * Float.BYTES) {
                pieces.add(BlobName.of(store.put(piece.flip())));
                piece.clear();
            }
            piece.asFloatBuffer().put(statistics.secondMoment(), i * n, i + 1);
            piece.position(piece.position() + (i + 1) * Float.BYTES);
        }
        pieces.add(BlobName.of(store.put(piece.flip())));
        return String.join(" ", pieces);
    }

    /**
     * @param columns n
     * @param written by {@link #put}
     */
    static InputStatistics read(int columns, String written, BlobStore store, RowPool pool) throws IOException {
        float[] scale = new float[columns];
        float[] moment = new float[Math.multiplyExact(columns, columns)];
        int row = 0;
        boolean first = true;
        for (String name : written.split(" ")) {
            Descriptor blob = BlobName.read(name);
            ByteBuffer piece =
                    ByteBuffer.wrap(store.read(blob.digest(), blob.sizeBytes())).order(ByteOrder.LITTLE_ENDIAN);
            if (first) {
                piece.asFloatBuffer().get(scale);
                piece.position(columns * Float.BYTES);
                first = false;
            }
            while (piece.hasRemaining()) {
                piece.asFloatBuffer().get(moment, row * columns, row + 1);
                row++;
                piece.position(piece.position() + row * Float.BYTES);
            }
        }
        mirror(moment, columns, pool);
        return new InputStatistics(columns, moment, scale);
    }

    /** What is below the diagonal to above it, in squares that fit into the cache. */
    private static void mirror(float[] moment, int n, RowPool pool) {
        int side = MIRRORED_AT_ONCE;
        pool.forRows((n + side - 1) / side, 1, (from, to) -> {
            for (int first = from * side; first < Math.min(n, to * side); first += side) {
                int last = Math.min(n, first + side);
                for (int square = 0; square < last; square += side) {
                    for (int i = first; i < last; i++) {
                        int end = Math.min(i, square + side);
                        for (int j = square; j < end; j++) {
                            moment[j * n + i] = moment[i * n + j];
                        }
                    }
                }
            }
        });
    }
}
