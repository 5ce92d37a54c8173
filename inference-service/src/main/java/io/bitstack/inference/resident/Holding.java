package io.bitstack.inference.resident;

import io.bitstack.core.stack.StackManifest;

/**
 * What the node holds at one moment.
 *
 * @param blocks k, the blocks that requests decode with
 * @param blocksBytes bytes of all mapped blocks, also of those that wait for their last reader
 * @param baseBytes bytes of the base as it is held
 */
public record Holding(ServedModel served, StackManifest manifest, int blocks, long blocksBytes, long baseBytes) {}
