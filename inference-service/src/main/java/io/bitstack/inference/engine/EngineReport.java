package io.bitstack.inference.engine;

import org.jspecify.annotations.Nullable;

/** What the engine does now, for the heartbeat and the ledger. Safe for many threads. */
public interface EngineReport {
    /** Requests that are being worked on. */
    int activeRequests();

    /** Requests that wait for room. */
    int queuedRequests();

    /** Tokens generated a second over the last seconds, or null if none were. */
    @Nullable
    Double tokensPerSecond();

    /** Bytes of all KV pages that are allocated. */
    long kvHeldBytes();

    /** Bytes of the buffers of the forward pass that are held from step to step. */
    long scratchHeldBytes();
}
