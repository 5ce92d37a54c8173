package io.bitstack.inference.node;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import java.util.ArrayList;
import java.util.List;

/** Which blobs of a stack a node can do without least. */
final class Usefulness {
    private Usefulness() {}

    /** The manifest, the base, then the blocks in the stack order. */
    static List<Digest> order(Digest stack, List<Descriptor> base, StackManifest manifest) {
        List<Digest> order = new ArrayList<>();
        order.add(stack);
        base.forEach(blob -> order.add(blob.digest()));
        manifest.blocks().forEach(block -> order.add(block.digest()));
        return order;
    }
}
