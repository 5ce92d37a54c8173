package io.bitstack.compression.publish;

import io.bitstack.core.stack.Digest;

/** A version of a model as the registry committed it. */
public record PublishedVersion(int version, Digest stackDigest) {}
