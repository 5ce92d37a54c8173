package io.bitstack.compression.encode;

import io.bitstack.core.model.WindowGroup;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Residual streams of a part of the calibration text in a blob store, for whoever takes it through the next layer, bit for bit. */
final class StreamBlobs {
    private StreamBlobs() {}

    static Descriptor put(List<float[]> streams, BlobStore store) throws IOException {
        int numbers = streams.stream().mapToInt(stream -> stream.length).sum();
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(numbers, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] stream : streams) {
            bytes.asFloatBuffer().put(stream);
            bytes.position(bytes.position() + stream.length * Float.BYTES);
        }
        return store.put(bytes.flip());
    }

    /** @param groups of the windows that they are of */
    static List<float[]> read(Descriptor blob, List<WindowGroup> groups, int hidden, BlobStore store)
            throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap(store.read(blob.digest(), blob.sizeBytes())).order(ByteOrder.LITTLE_ENDIAN);
        List<float[]> streams = new ArrayList<>();
        for (WindowGroup group : groups) {
            float[] stream = new float[group.tokens().length * hidden];
            bytes.asFloatBuffer().get(stream);
            bytes.position(bytes.position() + stream.length * Float.BYTES);
            streams.add(stream);
        }
        return streams;
    }
}
