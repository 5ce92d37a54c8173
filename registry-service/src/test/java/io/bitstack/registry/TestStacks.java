package io.bitstack.registry;

import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.StackManifest;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small stack whose blobs are in a file store, and variations of its manifest. */
record TestStacks(TestStack stack, BlobStore blobs) {
    private static final String CONFIG = """
        {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":64,"intermediate_size":96,
         "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":80,
         "max_position_embeddings":128,"tie_word_embeddings":true}\
        """;

    static TestStacks in(Path directory) throws Exception {
        return in(new FileBlobStore(directory));
    }

    static TestStacks in(BlobStore blobs) throws Exception {
        TestStack stack = TestStack.random(CONFIG, Map.of("tokenizer.json", "{}"));
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

    /** The stack with another last block, whose bytes are in the store. */
    StackManifest withOwnBlock(long seed) throws Exception {
        List<StackManifest.Block> blocks = new ArrayList<>(manifest().blocks());
        StackManifest.Block last = blocks.removeLast();
        byte[] content = new byte[Math.toIntExact(last.sizeBytes())];
        new Random(seed).nextBytes(content);
        Digest digest = blobs.put(ByteBuffer.wrap(content)).digest();
        blocks.add(new StackManifest.Block(last.matrix(), last.level(), digest, last.sizeBytes(), last.gain()));
        return withBlocks(blocks);
    }

    StackManifest withBlocks(List<StackManifest.Block> blocks) {
        return withBlocks(blocks, manifest().lineage());
    }

    /** A stack with a measured curve. */
    static StackManifest withCurve(
            StackManifest m, List<StackManifest.CurvePoint> curve, StackManifest.Reference full) {
        return new StackManifest(
                m.format(),
                m.model(),
                m.codec(),
                m.files(),
                m.tensors(),
                m.inputs(),
                m.matrices(),
                m.blocks(),
                m.minimalBlocks(),
                curve,
                full,
                m.lineage());
    }

    /** The stack with one more file, before its others. */
    StackManifest withFile(String path, Descriptor content) {
        StackManifest m = manifest();
        List<StackManifest.File> files = new ArrayList<>(m.files());
        files.addFirst(new StackManifest.File(path, content.digest(), content.sizeBytes()));
        return new StackManifest(
                m.format(),
                m.model(),
                m.codec(),
                files,
                m.tensors(),
                m.inputs(),
                m.matrices(),
                m.blocks(),
                m.minimalBlocks(),
                m.curve(),
                m.full(),
                m.lineage());
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
