package io.bitstack.registry.scrub;

import io.bitstack.core.stack.Digest;

/**
 * A blob that is not as it is named.
 *
 * @param fault {@code missing}, {@code size} or {@code corrupt}
 */
public record BadBlob(Digest digest, long sizeBytes, String fault) {}
