package io.bitstack.compression.encode;

import io.bitstack.core.codec.InputStatistics;
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

    private StatisticsBlobs() {}

    /** @return what {@link #read} needs to know */
    static String put(InputStatistics statistics, BlobStore store) throws IOException {
        int n = statistics.columns();
        List<String> pieces = new ArrayList<>();
        ByteBuffer piece =
                ByteBuffer.allocate(Math.max(PIECE_BYTES, n * Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
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
    static InputStatistics read(int columns, String written, BlobStore store) throws IOException {
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
                for (int j = 0; j <= row; j++) {
                    float value = piece.getFloat();
                    moment[row * columns + j] = value;
                    moment[j * columns + row] = value;
                }
                row++;
            }
        }
        return new InputStatistics(columns, moment, scale);
    }
}
