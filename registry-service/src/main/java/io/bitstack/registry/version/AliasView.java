package io.bitstack.registry.version;

import java.time.Instant;

/** An alias as clients see it. */
public record AliasView(String model, String alias, int version, Instant updatedAt) {}
