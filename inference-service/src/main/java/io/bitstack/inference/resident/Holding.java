package io.bitstack.inference.resident;

import io.bitstack.core.stack.StackManifest;

/**
 * What the node holds at one moment.
 *
 * @param blocks k, the blocks that requests decode with
 * @param blocksBytes bytes of all mapped blocks, also of those that wait for their last reader
 * @param baseBytes bytes of the base as it is held, without its tables
 * @param tablesBytes bytes of the matrices' tables of reconstruction values
 */
public record Holding(
        ServedModel served, StackManifest manifest, int blocks, long blocksBytes, long baseBytes, long tablesBytes) {
    /** Bytes of base, tables and blocks. */
    public long bytes() {
        return blocksBytes + baseBytes + tablesBytes;
    }
}
