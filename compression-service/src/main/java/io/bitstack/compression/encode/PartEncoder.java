package io.bitstack.compression.encode;

import io.bitstack.compression.crash.CrashPoint;
import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.EncodedMatrix;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.InputWeights;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.codec.MatrixRole;
import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Encodes matrices into a blob store, and looks up what it, or another process, has encoded before: each part is in the store and remembered
 * before the next one is begun, so that a process that dies loses no more than the matrices that it was on. A part is known by all that
 * it depends on, so that whoever encodes it gives the same bytes.
 */
final class PartEncoder {
    /** Parameters that no encoder sees: of calibration, which shows in the statistics, and of the steps after the encoding. */
    private static final Set<String> OF_OTHER_STEPS =
            Set.of("calibrationSeed", "calibrationWindows", "orderWindows", "orderSeed", "evaluationWindows");

    private final MatrixEncoder encoder;
    private final String parameters;
    private final PartMemory memory;
    private final BlobStore store;
    private final Cores cores;

    /**
     * @param parameters all parameters of the compression, defaults filled in
     * @param cores of which the caller of what is made here has one, but while it waits for an input or a store
     */
    PartEncoder(
            MatrixEncoder encoder, Map<String, String> parameters, PartMemory memory, BlobStore store, Cores cores) {
        Map<String, String> ofCodec = new TreeMap<>(parameters);
        ofCodec.keySet().removeAll(OF_OTHER_STEPS);
        this.encoder = encoder;
        this.parameters = ofCodec.toString();
        this.memory = memory;
        this.store = store;
        this.cores = cores;
    }

    /** An input that is only made where a matrix has to be encoded with it. */
    final class Input {
        private final String key;
        private final ReentrantLock lock = new ReentrantLock();
        /** Until the input is made. */
        private @Nullable InputStatistics statistics;

        private final InputWeights weights;
        private @Nullable EncodedInput made;
        private @Nullable Descriptor blob;

        private Input(InputStatistics statistics, InputWeights weights) {
            this.statistics = statistics;
            this.weights = weights;
            this.key = new PartKey("input")
                    .text(encoder.codec())
                    .text(parameters)
                    .numbers(statistics.secondMoment())
                    .numbers(statistics.scale())
                    .text(weights.rows() + " rows")
                    .numbers(weights.columnEnergies())
                    .hex();
        }

        private EncodedInput made() {
            cores.lock(lock);
            try {
                EncodedInput found = made;
                if (found == null) {
                    found = encoder.input(Objects.requireNonNull(statistics), weights);
                    made = found;
                    statistics = null;
                }
                return found;
            } finally {
                lock.unlock();
            }
        }

        /** Its blob, which is in the store. */
        Descriptor blob() throws IOException {
            cores.lock(lock);
            try {
                if (blob == null) {
                    Optional<PartMemory.Part> known = memory.find(key);
                    if (known.isPresent() && isStored(known.get())) {
                        blob = known.get().blobs().getFirst();
                    } else {
                        byte[] content = made().blob();
                        blob = cores.without(() -> put(content));
                        memory.keep(key, new PartMemory.Part(0, List.of(blob), List.of()));
                    }
                }
                return blob;
            } finally {
                lock.unlock();
            }
        }
    }

    String codec() {
        return encoder.codec();
    }

    /** A digest of all that the parts of a model depend on: its source, the tokens it is calibrated with, codec and parameters. */
    String basis(Digest source, List<int[]> windows) {
        return new PartKey("basis")
                .text(encoder.codec())
                .text(parameters)
                .text(source.toString())
                .text(Digest.of(WindowBlobs.bytes(windows)).toString())
                .hex();
    }

    Input input(InputStatistics statistics, InputWeights weights) {
        return new Input(statistics, weights);
    }

    /** The matrix's part, whose blobs are in the store once it is stored. */
    Made<PartMemory.Stored> encode(FloatMatrix weights, Input input, MatrixRole role) {
        String key = new PartKey("matrix")
                .text(encoder.codec())
                .text(parameters)
                .text(input.key)
                .text(role.name())
                .text(weights.rows() + " x " + weights.columns())
                .numbers(weights.data())
                .hex();
        Optional<PartMemory.Part> known = memory.find(key);
        if (known.isPresent() && isStored(known.get())) {
            return Made.of(new PartMemory.Stored(known.get(), true));
        }
        EncodedMatrix encoded = encoder.encode(weights, input.made(), role);
        return () -> stored(key, encoded);
    }

    private PartMemory.Stored stored(String key, EncodedMatrix encoded) {
        List<Descriptor> stored = new ArrayList<>();
        stored.add(put(encoded.header()));
        encoded.blocks().forEach(block -> stored.add(put(block)));
        PartMemory.Part part = new PartMemory.Part(
                encoded.startLevel(),
                stored,
                Arrays.stream(encoded.weightedErrors()).boxed().toList());
        memory.keep(key, part);
        CrashPoint.reached("matrix.encoded");
        return new PartMemory.Stored(part, false);
    }

    /** Whether the store has all blobs of a part, undamaged. */
    private boolean isStored(PartMemory.Part part) {
        try {
            for (Descriptor blob : part.blobs()) {
                store.read(blob.digest(), blob.sizeBytes());
            }
            return true;
        } catch (BlobNotFoundException | BlobCorruptException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private Descriptor put(byte[] content) {
        try {
            return store.put(ByteBuffer.wrap(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
