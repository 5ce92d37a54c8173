package io.bitstack.compression.encode;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/** Which matrices of a model are encoded, as the board says it, and which are offered on it. */
final class EncodedMatrices {
    private final List<SourceMatrix> sources;
    private final TaskBoard board;
    private final BlobStore store;
    private final Progress progress;
    private final Map<Integer, PartText.Encoded> encoded = new TreeMap<>();
    /** Posted, and not done yet. */
    private final Set<Integer> waiting = new HashSet<>();

    private long bytes;

    EncodedMatrices(List<SourceMatrix> sources, TaskBoard board, BlobStore store, Progress progress) {
        this.sources = sources;
        this.board = board;
        this.store = store;
        this.progress = progress;
    }

    boolean isComplete() {
        return encoded.size() == sources.size();
    }

    /** How many are posted and not done yet. */
    int waiting() {
        return waiting.size();
    }

    void posted(int matrix) {
        waiting.add(matrix);
    }

    /** Matrices that read some inputs and are still to be encoded, the largest first, so that nobody is left with it at the end. */
    List<Integer> missing(Collection<String> inputs) {
        List<Integer> missing = new ArrayList<>();
        for (int m = 0; m < sources.size(); m++) {
            if (inputs.contains(sources.get(m).tensor().input()) && !encoded.containsKey(m)) {
                missing.add(m);
            }
        }
        missing.sort(Comparator.comparingLong(
                        (Integer m) -> sources.get(m).weights() * sources.get(m).columns())
                .reversed()
                .thenComparing(Comparator.naturalOrder()));
        return missing;
    }

    /** What has been done since it was asked last. */
    void collect() {
        board.results(TaskKind.ENCODE, encoded.keySet()).forEach(this::keep);
    }

    private void keep(int matrix, String result) {
        PartText.Encoded read = PartText.Encoded.read(result);
        encoded.put(matrix, read);
        waiting.remove(matrix);
        bytes += read.part().sizeBytes();
        progress.bytes(bytes);
        if (read.reused()) {
            progress.reused(sources.get(matrix).name());
        }
        progress.matrices(
                encoded.size(),
                sources.size(),
                sources.get(matrix).name(),
                read.part().weightedErrors().getLast());
    }

    /** What an earlier run has got done, as far as its blobs are still in the store. */
    void collectEarlier() throws IOException {
        for (Map.Entry<Integer, String> result : new TreeMap<>(board.results(TaskKind.ENCODE, Set.of())).entrySet()) {
            PartText.Encoded read = PartText.Encoded.read(result.getValue());
            boolean whole = isStored(read.input());
            for (Descriptor blob : read.part().blobs()) {
                whole = whole && isStored(blob);
            }
            if (whole) {
                keep(result.getKey(), result.getValue());
            } else {
                board.discard(TaskKind.ENCODE, result.getKey());
            }
        }
    }

    private boolean isStored(Descriptor blob) throws IOException {
        OptionalLong size = store.sizeBytes(blob.digest());
        return size.isPresent() && size.getAsLong() == blob.sizeBytes();
    }

    /** All matrices, in the order of the sources, once they are complete. */
    List<EncodedModel.Stored> stored() {
        List<EncodedModel.Stored> all = new ArrayList<>();
        for (int m = 0; m < sources.size(); m++) {
            all.add(EncodedModel.Stored.of(found(m).part()));
        }
        return List.copyOf(all);
    }

    /** The blobs of the inputs, by name. */
    Map<String, Descriptor> inputBlobs() {
        Map<String, Descriptor> blobs = new HashMap<>();
        for (int m = 0; m < sources.size(); m++) {
            blobs.put(sources.get(m).tensor().input(), found(m).input());
        }
        return blobs;
    }

    private PartText.Encoded found(int matrix) {
        PartText.Encoded found = encoded.get(matrix);
        if (found == null) {
            throw new IllegalStateException(sources.get(matrix).name() + " was not encoded");
        }
        return found;
    }
}
