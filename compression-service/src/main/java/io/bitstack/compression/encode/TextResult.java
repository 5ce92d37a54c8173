package io.bitstack.compression.encode;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What became of a part of the calibration text in a layer.
 *
 * @param streams after the layer: {@link StreamBlobs}
 * @param statistics of the layer's inputs, by name, as {@link StatisticsBlobs} names them
 */
record TextResult(Descriptor streams, Map<String, String> statistics) {
    /** A line of its own for the streams and for each input. */
    String write() {
        StringBuilder lines = new StringBuilder(BlobName.of(streams));
        statistics.forEach((input, written) ->
                lines.append('\n').append(input).append('\t').append(written));
        return lines.toString();
    }

    static TextResult read(String text) {
        List<String> lines = text.lines().toList();
        Map<String, String> statistics = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int split = line.indexOf('\t');
            statistics.put(line.substring(0, split), line.substring(split + 1));
        }
        return new TextResult(BlobName.read(lines.getFirst()), statistics);
    }

    /** Whether the store has all of it: no manifest names these blobs, so the collector of garbage takes them in time. */
    boolean isStored(BlobStore store) throws IOException {
        List<Descriptor> blobs = new ArrayList<>(List.of(streams));
        for (String written : statistics.values()) {
            for (String name : written.split(" ")) {
                blobs.add(BlobName.read(name));
            }
        }
        for (Descriptor blob : blobs) {
            OptionalLong size = store.sizeBytes(blob.digest());
            if (size.isEmpty() || size.getAsLong() != blob.sizeBytes()) {
                return false;
            }
        }
        return true;
    }
}
