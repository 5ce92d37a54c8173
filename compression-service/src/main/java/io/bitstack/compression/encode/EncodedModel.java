package io.bitstack.compression.encode;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.StackManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model whose blobs are all in the store: what a manifest is made of but for the order and what is measured.
 *
 * @param sources the matrices, in the manifest's order; {@code ladders}, {@code matrices} and {@code blocks} follow it
 * @param blocks for each matrix its blocks, from the first on
 */
record EncodedModel(
        ModelConfig config,
        StackManifest.Codec codec,
        List<SourceMatrix> sources,
        List<StackManifest.Input> inputs,
        List<StackManifest.Matrix> matrices,
        List<BlockLadder> ladders,
        List<List<Descriptor>> blocks,
        List<StackManifest.File> files,
        Descriptor tensors,
        StackManifest.Lineage lineage) {

    /** A matrix whose blobs are stored. */
    record Stored(Descriptor header, List<Descriptor> blocks, BlockLadder ladder) {
        static Stored of(PartMemory.Part part) {
            return new Stored(
                    part.blobs().getFirst(),
                    part.blobs().subList(1, part.blobs().size()),
                    BlockLadder.of(part));
        }
    }

    /** @param inputBlobs by name, for every input of the sources */
    static EncodedModel of(
            ModelConfig config,
            StackManifest.Codec codec,
            List<SourceMatrix> sources,
            List<Stored> stored,
            Map<String, Descriptor> inputBlobs,
            List<StackManifest.File> files,
            Descriptor tensors,
            StackManifest.Lineage lineage) {
        List<StackManifest.Input> inputs = new ArrayList<>();
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int m = 0; m < sources.size(); m++) {
            SourceMatrix source = sources.get(m);
            String input = source.tensor().input();
            if (!names.contains(input)) {
                Descriptor blob = inputBlobs.get(input);
                if (blob == null) {
                    throw new IllegalStateException("the input " + input + " was not stored");
                }
                names.add(input);
                inputs.add(new StackManifest.Input(input, source.columns(), blob.digest(), blob.sizeBytes()));
            }
            Stored blobs = stored.get(m);
            matrices.add(new StackManifest.Matrix(
                    source.name(),
                    source.rows(),
                    source.columns(),
                    names.indexOf(input),
                    blobs.ladder().startLevel(),
                    blobs.ladder().startLevel() + blobs.ladder().blocks() - 1,
                    blobs.header().digest(),
                    blobs.header().sizeBytes()));
        }
        return new EncodedModel(
                config,
                codec,
                sources,
                inputs,
                matrices,
                stored.stream().map(Stored::ladder).toList(),
                stored.stream().map(Stored::blocks).toList(),
                files,
                tensors,
                lineage);
    }

    /** For each matrix and block what is left once it is held, which is an order's cost where nothing was measured. */
    double[][] weightedErrors() {
        return ladders.stream().map(BlockLadder::weightedErrors).toArray(double[][]::new);
    }

    StackManifest manifest(
            List<StackOrder.Entry> order,
            List<StackManifest.CurvePoint> curve,
            StackManifest.@Nullable Reference full) {
        List<StackManifest.Block> ordered = new ArrayList<>();
        for (StackOrder.Entry entry : order) {
            Descriptor blob = blocks.get(entry.matrix()).get(entry.block());
            int level = matrices.get(entry.matrix()).startLevel() + entry.block();
            ordered.add(new StackManifest.Block(entry.matrix(), level, blob.digest(), blob.sizeBytes(), entry.gain()));
        }
        return new StackManifest(
                StackManifest.FORMAT,
                config.toManifest(),
                codec,
                files,
                tensors,
                inputs,
                matrices,
                ordered,
                matrices.size(),
                curve,
                full,
                lineage);
    }
}
