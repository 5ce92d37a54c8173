package io.bitstack.inference.node;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

@Component
class IdleEngine implements EngineLoad {
    @Override
    public int activeRequests() {
        return 0;
    }

    @Override
    public int queuedRequests() {
        return 0;
    }

    @Override
    public @Nullable Double tokensPerSecond() {
        return null;
    }

    @Override
    public long kvCacheBytes() {
        return 0;
    }

    @Override
    public long scratchBytes() {
        return 0;
    }
}
