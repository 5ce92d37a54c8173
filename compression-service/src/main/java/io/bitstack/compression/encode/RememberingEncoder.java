package io.bitstack.compression.encode;

import io.bitstack.compression.crash.CrashPoint;
import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.EncodedMatrix;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.codec.MatrixRole;
import io.bitstack.core.stack.BlobCorruptException;
import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An encoder that looks up what it, or another process, has encoded before: each part is in the blob store and remembered before the
 * next one is begun, so that a process that dies loses no more than the matrices that it was on. A part is known by all that it
 * depends on, so that whoever encodes it gives the same bytes.
 */
final class RememberingEncoder implements MatrixEncoder {
    /** Parameters that no encoder sees: of calibration, which shows in the statistics, and of the steps after the encoding. */
    private static final Set<String> OF_OTHER_STEPS =
            Set.of("calibrationWindows", "orderWindows", "orderSeed", "evaluationWindows");

    private final MatrixEncoder encoder;
    private final String parameters;
    private final PartMemory memory;
    private final BlobStore store;

    /** @param parameters all parameters of the compression, defaults filled in */
    RememberingEncoder(MatrixEncoder encoder, Map<String, String> parameters, PartMemory memory, BlobStore store) {
        Map<String, String> ofCodec = new TreeMap<>(parameters);
        ofCodec.keySet().removeAll(OF_OTHER_STEPS);
        this.encoder = encoder;
        this.parameters = ofCodec.toString();
        this.memory = memory;
        this.store = store;
    }

    /** An input that is only made where a matrix has to be encoded with it. */
    private final class Input implements EncodedInput {
        private final String key;
        private final InputStatistics statistics;
        private final double[] columnEnergies;
        private @Nullable EncodedInput made;
        private byte @Nullable [] blob;

        Input(InputStatistics statistics, double[] columnEnergies) {
            this.statistics = statistics;
            this.columnEnergies = columnEnergies;
            this.key = new PartKey("input")
                    .text(encoder.codec())
                    .text(parameters)
                    .numbers(statistics.secondMoment())
                    .numbers(statistics.scale())
                    .numbers(columnEnergies)
                    .hex();
        }

        synchronized EncodedInput made() {
            if (made == null) {
                made = encoder.input(statistics, columnEnergies);
            }
            return made;
        }

        @Override
        public synchronized byte[] blob() {
            if (blob == null) {
                List<byte[]> known = recall(memory.find(key));
                if (known.isEmpty()) {
                    byte[] content = made().blob();
                    memory.keep(key, new PartMemory.Part(0, List.of(put(content)), List.of()));
                    blob = content;
                } else {
                    blob = known.getFirst();
                }
            }
            return blob;
        }
    }

    @Override
    public String codec() {
        return encoder.codec();
    }

    @Override
    public EncodedInput input(InputStatistics statistics, double[] columnEnergies) {
        return new Input(statistics, columnEnergies);
    }

    @Override
    public EncodedMatrix encode(FloatMatrix weights, EncodedInput input, MatrixRole role) {
        if (!(input instanceof Input known)) {
            throw new IllegalArgumentException("the input was made by another encoder");
        }
        String key = new PartKey("matrix")
                .text(encoder.codec())
                .text(parameters)
                .text(known.key)
                .text(role.name())
                .text(weights.rows() + " x " + weights.columns())
                .numbers(weights.data())
                .hex();
        Optional<PartMemory.Part> part = memory.find(key);
        List<byte[]> blobs = recall(part);
        if (part.isPresent() && !blobs.isEmpty()) {
            double[] errors = part.get().weightedErrors().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            return new EncodedMatrix(part.get().startLevel(), blobs.getFirst(), blobs.subList(1, blobs.size()), errors);
        }
        EncodedMatrix encoded = encoder.encode(weights, known.made(), role);
        List<Descriptor> stored = new ArrayList<>();
        stored.add(put(encoded.header()));
        encoded.blocks().forEach(block -> stored.add(put(block)));
        memory.keep(
                key,
                new PartMemory.Part(
                        encoded.startLevel(),
                        stored,
                        Arrays.stream(encoded.weightedErrors()).boxed().toList()));
        CrashPoint.reached("matrix.encoded");
        return encoded;
    }

    /** The verified bytes of a part; none if it is not known or the store has lost one of its blobs. */
    private List<byte[]> recall(Optional<PartMemory.Part> part) {
        List<byte[]> blobs = new ArrayList<>();
        if (part.isPresent()) {
            try {
                for (Descriptor blob : part.get().blobs()) {
                    blobs.add(store.read(blob.digest(), blob.sizeBytes()));
                }
            } catch (BlobNotFoundException | BlobCorruptException e) {
                return List.of();
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }
        return blobs;
    }

    private Descriptor put(byte[] content) {
        try {
            return store.put(ByteBuffer.wrap(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
