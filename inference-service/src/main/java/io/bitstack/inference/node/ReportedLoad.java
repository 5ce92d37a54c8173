package io.bitstack.inference.node;

import io.bitstack.inference.engine.EngineReport;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What this node's engine tells. */
@Component
class ReportedLoad implements EngineLoad {
    private final EngineReport report;

    ReportedLoad(EngineReport report) {
        this.report = report;
    }

    @Override
    public int activeRequests() {
        return report.activeRequests();
    }

    @Override
    public int queuedRequests() {
        return report.queuedRequests();
    }

    @Override
    public @Nullable Double tokensPerSecond() {
        return report.tokensPerSecond();
    }

    @Override
    public long kvCacheBytes() {
        return report.kvHeldBytes();
    }

    @Override
    public long scratchBytes() {
        return report.scratchHeldBytes();
    }
}
