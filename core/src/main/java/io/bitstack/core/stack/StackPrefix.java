package io.bitstack.core.stack;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A prefix of a stack as a stack of its own. */
final class StackPrefix {
    private StackPrefix() {}

    static StackManifest of(StackManifest whole, Digest digest, int blocks) {
        if (blocks >= whole.blocks().size()) {
            return whole;
        }
        if (blocks < whole.minimalBlocks()) {
            throw new StackFileException("%d blocks are whole and the smallest model has %d; get more of the file"
                    .formatted(blocks, whole.minimalBlocks()));
        }
        List<StackManifest.Block> kept = whole.blocks().subList(0, blocks);
        int[] levels = new int[whole.matrices().size()];
        kept.forEach(block -> levels[block.matrix()] = block.level());
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        for (int i = 0; i < levels.length; i++) {
            StackManifest.Matrix m = whole.matrices().get(i);
            matrices.add(new StackManifest.Matrix(
                    m.name(), m.rows(), m.columns(), m.input(), m.startLevel(), levels[i], m.digest(), m.sizeBytes()));
        }
        Map<String, String> parameters = new TreeMap<>(whole.lineage().parameters());
        parameters.put("prefixOf", digest.toString());
        StackManifest.Lineage lineage = whole.lineage();
        return new StackManifest(
                whole.format(),
                whole.model(),
                whole.codec(),
                whole.files(),
                whole.tensors(),
                whole.inputs(),
                matrices,
                kept,
                whole.minimalBlocks(),
                whole.curve().stream().filter(point -> point.blocks() <= blocks).toList(),
                whole.full(),
                new StackManifest.Lineage(
                        lineage.source(), lineage.calibration(), lineage.evaluation(), lineage.tool(), parameters));
    }
}
