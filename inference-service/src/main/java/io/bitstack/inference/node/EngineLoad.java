package io.bitstack.inference.node;

import org.jspecify.annotations.Nullable;

/** What the engine tells of itself. */
public interface EngineLoad {
    int activeRequests();

    int queuedRequests();

    /** Null while nothing is being decoded. */
    @Nullable
    Double tokensPerSecond();

    long kvCacheBytes();

    long scratchBytes();
}
