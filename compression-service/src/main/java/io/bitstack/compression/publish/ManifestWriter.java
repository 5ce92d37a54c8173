package io.bitstack.compression.publish;

import io.bitstack.core.stack.StackManifest;

/** Writes a manifest as its canonical JSON, whose digest names the stack. */
@FunctionalInterface
public interface ManifestWriter {
    byte[] canonicalBytes(StackManifest manifest);
}
