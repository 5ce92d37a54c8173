package io.bitstack.core.stack;

import java.util.List;
import java.util.Objects;

/**
 * What a plan needs to know of a stack beside the sizes of its blocks.
 *
 * @param baseBytes stored bytes that every prefix needs
 * @param residentBaseBytes the same as they are held in memory
 * @param minimalBlocks the first blocks that every usable prefix holds
 * @param curve measured quality of some prefixes, by rising blocks
 */
public record StackShape(
        StackManifest.Model model,
        long baseBytes,
        long residentBaseBytes,
        int minimalBlocks,
        List<StackManifest.CurvePoint> curve) {
    public StackShape {
        Objects.requireNonNull(model, "model");
        curve = List.copyOf(curve);
    }

    public static StackShape of(StackManifest manifest) {
        return new StackShape(
                manifest.model(),
                manifest.baseBytes(),
                MemoryModel.residentBaseBytes(manifest),
                manifest.minimalBlocks(),
                manifest.curve());
    }
}
