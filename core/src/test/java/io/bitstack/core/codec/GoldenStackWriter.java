package io.bitstack.core.codec;

import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.DType;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Made the stacks under {@code golden/}; run again only when the format changes, with the directory as argument. The expected
 * values there were not computed by this library but by an independent reader, written from docs/FORMAT.md alone.
 */
final class GoldenStackWriter {
    private final Path directory;

    private GoldenStackWriter(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("blobs"));
    }

    public static void main(String[] arguments) throws IOException {
        Path golden = Path.of(arguments[0]);
        new GoldenStackWriter(golden.resolve("nested")).write(new NestedEncoder(Matrices.parameters(2, 4, 1, 4, 2)), 4);
        new GoldenStackWriter(golden.resolve("iabd")).write(new IabdEncoder(2, 3, new PlainLinearAlgebra()), 3);
    }

    private Descriptor put(byte[] content) throws IOException {
        Descriptor descriptor = new Descriptor(Digest.of(content), content.length);
        Files.write(directory.resolve("blobs").resolve(descriptor.digest().hex()), content);
        return descriptor;
    }

    /** Two matrices of one input, whose rows end within a word, and one of another. */
    private void write(MatrixEncoder encoder, int levels) throws IOException {
        Random random = new Random(20);
        List<StackManifest.Input> inputs = new ArrayList<>();
        List<EncodedInput> encodedInputs = new ArrayList<>();
        for (int columns : new int[] {80, 24}) {
            EncodedInput input = encoder.input(
                    Matrices.statistics(random, columns, 200),
                    Matrices.inputWeights(Matrices.gaussian(new Random(columns), 4, columns)));
            Descriptor blob = put(input.blob());
            encodedInputs.add(input);
            inputs.add(new StackManifest.Input("input." + columns, columns, blob.digest(), blob.sizeBytes()));
        }
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> blocks = new ArrayList<>();
        int[][] shapes = {{5, 80, 0}, {3, 80, 0}, {4, 24, 1}};
        long weights = 0;
        for (int i = 0; i < shapes.length; i++) {
            FloatMatrix w = Matrices.gaussian(random, shapes[i][0], shapes[i][1]);
            EncodedMatrix encoded = encoder.encode(w, encodedInputs.get(shapes[i][2]), MatrixRole.LINEAR);
            Descriptor header = put(encoded.header());
            matrices.add(new StackManifest.Matrix(
                    "matrix." + i,
                    w.rows(),
                    w.columns(),
                    shapes[i][2],
                    encoded.startLevel(),
                    encoded.levels(),
                    header.digest(),
                    header.sizeBytes()));
            for (int b = 0; b < encoded.blocks().size(); b++) {
                Descriptor block = put(encoded.blocks().get(b));
                blocks.add(new StackManifest.Block(
                        i, encoded.startLevel() + b, block.digest(), block.sizeBytes(), b == 0 ? 0 : 0.5 / b));
            }
            weights += (long) w.rows() * w.columns();
        }
        blocks.sort(Comparator.comparing(StackManifest.Block::level).thenComparing(StackManifest.Block::matrix));
        Descriptor tensors = put(new SafetensorsWriter()
                .add("norm.weight", DType.F32, List.of(3), new float[] {1, -0.5f, 3.25f})
                .toBytes());
        Descriptor config = put("{}".getBytes(StandardCharsets.UTF_8));
        StackManifest manifest = new StackManifest(
                StackManifest.FORMAT,
                new StackManifest.Model("LlamaForCausalLM", weights, 1, 80, 24, 2, 1, 40, 5, 32),
                new StackManifest.Codec(encoder.codec(), Map.of("levels", Integer.toString(levels))),
                List.of(new StackManifest.File("config.json", config.digest(), config.sizeBytes())),
                tensors,
                inputs,
                matrices,
                blocks,
                matrices.size(),
                List.of(),
                null,
                new StackManifest.Lineage(tensors.digest(), null, null, "golden", Map.of()));
        Files.write(directory.resolve("manifest.json"), ManifestJson.write(manifest));
    }
}
