package io.bitstack.registry;

import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.StackManifest;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A small stack whose blobs are in a file store, and variations of its manifest. */
record TestStacks(TestStack stack, FileBlobStore blobs) {
    private static final String CONFIG = """
        {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
         "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
         "max_position_embeddings":128,"tie_word_embeddings":true}\
        """;

    static TestStacks in(Path directory) throws Exception {
        TestStack stack = TestStack.random(CONFIG, Map.of("tokenizer.json", "{}"));
        FileBlobStore blobs = new FileBlobStore(directory);
        for (byte[] content : stack.contents().values()) {
            blobs.put(ByteBuffer.wrap(content));
        }
        return new TestStacks(stack, blobs);
    }

    StackManifest manifest() {
        return stack.manifest();
    }

    Digest digest() {
        return stack.digest();
    }

    /** Another stack of the same blobs. */
    StackManifest withTool(String tool) {
        StackManifest.Lineage lineage = manifest().lineage();
        return withBlocks(
                manifest().blocks(),
                new StackManifest.Lineage(lineage.source(), null, null, tool, lineage.parameters()));
    }

    StackManifest withBlocks(List<StackManifest.Block> blocks) {
        return withBlocks(blocks, manifest().lineage());
    }

    private StackManifest withBlocks(List<StackManifest.Block> blocks, StackManifest.Lineage lineage) {
        StackManifest m = manifest();
        return new StackManifest(
                m.format(),
                m.model(),
                m.codec(),
                m.files(),
                m.tensors(),
                m.inputs(),
                m.matrices(),
                blocks,
                m.minimalBlocks(),
                m.curve(),
                m.full(),
                lineage);
    }
}
