package io.bitstack.inference.node;

import io.bitstack.inference.pull.Puller;
import io.bitstack.inference.resident.Holding;
import io.bitstack.inference.resident.ResidentModels;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.stereotype.Component;

/** Meters of what the node holds of its model and has pulled. */
@Component
class NodeMeters {
    private static final String PREFIX = "bitstack.inference.";

    NodeMeters(MeterRegistry registry, NodeAgent agent, ResidentModels models, Puller puller) {
        Gauge.builder(
                        PREFIX + "blocks",
                        models,
                        held -> held.holding().map(Holding::blocks).orElse(0))
                .description("residual blocks that requests decode with")
                .register(registry);
        Gauge.builder(PREFIX + "bpw", agent, NodeMeters::bpw)
                .description("bits per weight of the prefix that is held; 0 without a model")
                .register(registry);
        Gauge.builder(PREFIX + "cache", puller, Puller::cachedBytes)
                .baseUnit("bytes")
                .description("all blobs in the cache on disk")
                .register(registry);
        FunctionCounter.builder(PREFIX + "pulled", puller, Puller::pulledBytes)
                .baseUnit("bytes")
                .description("bytes of blobs fetched")
                .register(registry);
        FunctionCounter.builder(PREFIX + "corrupt.blobs", puller, Puller::corruptBlobs)
                .description("blobs whose bytes were not those of their digest; none was used")
                .register(registry);
    }

    private static double bpw(NodeAgent agent) {
        Double bpw = agent.report().bpw();
        return bpw == null ? 0 : bpw;
    }
}
