package io.bitstack.registry.version;

import java.time.Instant;

/**
 * An alias as clients see it.
 *
 * @param etag changes with each move; what {@code If-Match} compares
 */
public record AliasView(String model, String alias, int version, Instant updatedAt, String etag) {}
