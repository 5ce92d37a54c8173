package io.bitstack.inference.node;

import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.TestStack;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.DType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A stack of many layers made of one that was encoded: headers are shared, sign planes are drawn at random. What it says is nonsense, what it weighs is not. */
final class LargeStack {
    private static final String CONFIG = """
            {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":512,"intermediate_size":1536,
             "num_hidden_layers":%d,"num_attention_heads":8,"num_key_value_heads":4,"vocab_size":80,
             "max_position_embeddings":128,"tie_word_embeddings":true}""";
    private static final String LAYER = "layers\\.[0-9]+\\.";
    private static final String FIRST_LAYER = "layers.0.";

    private final Map<Digest, byte[]> contents = new HashMap<>();
    private final Random random = new Random(11);
    private final StackManifest manifest;

    LargeStack(int layers) {
        TestStack one = TestStack.random(
                CONFIG.formatted(1),
                Map.of("tokenizer.json", EdgeNodeFixture.TOKENIZER, "tokenizer_config.json", "{}"));
        StackManifest small = one.manifest();
        String configText = CONFIG.formatted(layers);
        ModelConfig config = ModelConfig.parse(configText);
        contents.putAll(one.contents());
        List<StackManifest.Input> inputs = new ArrayList<>();
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> blocks = new ArrayList<>();
        Map<String, Integer> places = new HashMap<>();
        for (MatrixSpec spec : config.matrices()) {
            int input = places.computeIfAbsent(spec.input(), name -> {
                StackManifest.Input like = small.inputs().stream()
                        .filter(i -> i.name().equals(inFirst(name)))
                        .findFirst()
                        .orElseThrow();
                inputs.add(new StackManifest.Input(name, like.columns(), like.digest(), like.sizeBytes()));
                return inputs.size() - 1;
            });
            for (int m = 0; m < small.matrices().size(); m++) {
                StackManifest.Matrix like = small.matrices().get(m);
                if (like.name().startsWith(inFirst(spec.name()))) {
                    matrices.add(new StackManifest.Matrix(
                            like.name().replace(FIRST_LAYER, layerOf(spec.name())),
                            like.rows(),
                            like.columns(),
                            input,
                            like.startLevel(),
                            like.levels(),
                            like.digest(),
                            like.sizeBytes()));
                    addBlocks(small, m, matrices.size() - 1, blocks);
                }
            }
        }
        blocks.sort(Comparator.comparingInt(StackManifest.Block::level));
        manifest = new StackManifest(
                StackManifest.FORMAT,
                config.toManifest(),
                small.codec(),
                files(small, configText),
                store(tensors(config)),
                inputs,
                matrices,
                blocks,
                matrices.size(),
                List.of(),
                null,
                small.lineage());
        store(ManifestJson.write(manifest));
    }

    private static String inFirst(String name) {
        return name.replaceFirst(LAYER, FIRST_LAYER);
    }

    private static String layerOf(String name) {
        return name.contains(".layers.")
                ? name.substring(name.indexOf("layers."), name.indexOf('.', name.indexOf("layers.") + 7) + 1)
                : FIRST_LAYER;
    }

    private void addBlocks(StackManifest small, int like, int matrix, List<StackManifest.Block> blocks) {
        for (StackManifest.Block block : small.blocks()) {
            if (block.matrix() == like) {
                byte[] planes = new byte[(int) block.sizeBytes()];
                random.nextBytes(planes);
                blocks.add(new StackManifest.Block(
                        matrix, block.level(), store(planes).digest(), block.sizeBytes(), block.gain()));
            }
        }
    }

    private List<StackManifest.File> files(StackManifest small, String config) {
        List<StackManifest.File> files = new ArrayList<>();
        for (StackManifest.File file : small.files()) {
            if (file.path().equals("config.json")) {
                Descriptor blob = store(config.getBytes(StandardCharsets.UTF_8));
                files.add(new StackManifest.File(file.path(), blob.digest(), blob.sizeBytes()));
            } else {
                files.add(file);
            }
        }
        return files;
    }

    private static byte[] tensors(ModelConfig config) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (VectorSpec vector : config.vectors()) {
            float[] ones = new float[vector.length()];
            Arrays.fill(ones, 1);
            writer.add(vector.name(), DType.F32, List.of(ones.length), ones);
        }
        return writer.toBytes();
    }

    private Descriptor store(byte[] content) {
        Digest digest = Digest.of(content);
        contents.put(digest, content);
        return new Descriptor(digest, content.length);
    }

    StackManifest manifest() {
        return manifest;
    }

    Map<Digest, byte[]> contents() {
        return contents;
    }
}
