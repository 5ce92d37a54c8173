package io.bitstack.core.model;

import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.EncodedMatrix;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.InputWeights;
import io.bitstack.core.codec.MatrixRole;
import io.bitstack.core.codec.NestedEncoder;
import io.bitstack.core.codec.NestedParameters;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.DType;
import io.bitstack.core.tensor.FloatMatrix;
import io.bitstack.core.tensor.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small model with seeded random weights, compressed with the default codec, levels in turn; all of it in memory. */
public final class TestStack implements BlobSource {
    private final Map<Digest, byte[]> contents = new HashMap<>();
    private final Map<Digest, MemorySegment> segments = new HashMap<>();
    private final ModelConfig config;
    private final ModelWeights full;
    private final StackManifest manifest;

    /**
     * Makes a stack.
     *
     * @param configJson a config.json, which becomes one of the stack's files
     * @param files further files by path
     */
    public static TestStack random(String configJson, Map<String, String> files) {
        return new TestStack(configJson, files);
    }

    private TestStack(String configJson, Map<String, String> files) {
        config = ModelConfig.parse(configJson);
        Random random = new Random(7);
        Map<String, float[]> vectors = new HashMap<>();
        SafetensorsWriter tensors = new SafetensorsWriter();
        for (VectorSpec spec : config.vectors()) {
            float[] values = new float[spec.length()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (spec.name().endsWith("bias") ? 0.1 * random.nextGaussian() : 1);
            }
            vectors.put(spec.name(), values);
            tensors.add(spec.name(), DType.F32, List.of(spec.length()), values);
        }
        NestedEncoder encoder = new NestedEncoder(NestedParameters.DEFAULTS);
        Map<String, EncodedInput> encodedInputs = new HashMap<>();
        List<StackManifest.Input> inputs = new ArrayList<>();
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> blocks = new ArrayList<>();
        Map<String, WeightMatrix> dense = new HashMap<>();
        List<String> inputNames = new ArrayList<>();
        for (MatrixSpec spec : config.matrices()) {
            FloatMatrix w = FloatMatrix.zeros(spec.rows(), spec.columns());
            for (int i = 0; i < w.data().length; i++) {
                w.data()[i] = (float) (random.nextGaussian() / Math.sqrt(spec.columns()));
            }
            dense.put(spec.name(), new FloatWeight(w));
            EncodedInput input = encodedInputs.computeIfAbsent(
                    spec.input(),
                    name -> encoder.input(
                            InputStatistics.white(spec.columns()),
                            new InputWeights(spec.rows(), ones(spec.columns()))));
            if (!inputNames.contains(spec.input())) {
                inputNames.add(spec.input());
                Descriptor blob = store(input.blob());
                inputs.add(new StackManifest.Input(spec.input(), spec.columns(), blob.digest(), blob.sizeBytes()));
            }
            for (MatrixPart part : parts(spec)) {
                EncodedMatrix encoded = encoder.encode(rows(w, part), input, MatrixRole.LINEAR);
                Descriptor header = store(encoded.header());
                matrices.add(new StackManifest.Matrix(
                        part.rows() == spec.rows() ? spec.name() : part.name(),
                        part.rows(),
                        spec.columns(),
                        inputNames.indexOf(spec.input()),
                        encoded.startLevel(),
                        encoded.levels(),
                        header.digest(),
                        header.sizeBytes()));
                for (int b = 0; b < encoded.blocks().size(); b++) {
                    Descriptor block = store(encoded.blocks().get(b));
                    blocks.add(new StackManifest.Block(
                            matrices.size() - 1, encoded.startLevel() + b, block.digest(), block.sizeBytes(), 1));
                }
            }
        }
        blocks.sort(Comparator.comparingInt(StackManifest.Block::level));
        full = ModelWeights.of(config, dense, vectors);
        List<StackManifest.File> entries = new ArrayList<>();
        entries.add(file("config.json", configJson));
        files.forEach((path, content) -> entries.add(file(path, content)));
        manifest = new StackManifest(
                StackManifest.FORMAT,
                config.toManifest(),
                new StackManifest.Codec("nested", Map.of()),
                entries,
                store(tensors.toBytes()),
                inputs,
                matrices,
                blocks,
                matrices.size(),
                List.of(),
                null,
                new StackManifest.Lineage(entries.getFirst().digest(), null, null, "test", Map.of()));
        store(ManifestJson.write(manifest));
    }

    /** The embedding's rows are in three matrices, as those of a large vocabulary are. */
    private static List<MatrixPart> parts(MatrixSpec spec) {
        if (!spec.name().equals(ModelLayout.EMBEDDING)) {
            return List.of(new MatrixPart(spec.name(), 0, spec.rows()));
        }
        int third = spec.rows() / 3;
        return List.of(
                new MatrixPart(spec.name(), 0, third),
                new MatrixPart(spec.name(), third, 1),
                new MatrixPart(spec.name(), third + 1, spec.rows() - third - 1));
    }

    private static FloatMatrix rows(FloatMatrix w, MatrixPart part) {
        int from = part.firstRow() * w.columns();
        return new FloatMatrix(
                part.rows(), w.columns(), Arrays.copyOfRange(w.data(), from, from + part.rows() * w.columns()));
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private StackManifest.File file(String path, String content) {
        Descriptor blob = store(content.getBytes(StandardCharsets.UTF_8));
        return new StackManifest.File(path, blob.digest(), blob.sizeBytes());
    }

    private Descriptor store(byte[] content) {
        Digest digest = Digest.of(content);
        contents.put(digest, content);
        segments.put(digest, OffHeap.copy(Arena.ofAuto(), MemorySegment.ofArray(content)));
        return new Descriptor(digest, content.length);
    }

    public ModelConfig config() {
        return config;
    }

    /** The weights before they were compressed. */
    public ModelWeights full() {
        return full;
    }

    public StackManifest manifest() {
        return manifest;
    }

    /** The stack's name; its manifest is among the contents. */
    public Digest digest() {
        return ManifestJson.digest(manifest);
    }

    /** Every blob's bytes, which are not copied. */
    public Map<Digest, byte[]> contents() {
        return contents;
    }

    @Override
    public MemorySegment segment(Digest digest) {
        MemorySegment segment = segments.get(digest);
        if (segment == null) {
            throw new IllegalStateException("not stored: " + digest);
        }
        return segment;
    }
}
