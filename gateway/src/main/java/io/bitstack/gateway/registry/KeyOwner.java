package io.bitstack.gateway.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the registry says of a valid key. */
public record KeyOwner(
        String id, String name, String scope, @Nullable Instant expiresAt) {}
