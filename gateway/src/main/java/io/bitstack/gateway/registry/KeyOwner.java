package io.bitstack.gateway.registry;

/** What the registry says of a valid key. */
public record KeyOwner(String id, String name, String scope) {}
