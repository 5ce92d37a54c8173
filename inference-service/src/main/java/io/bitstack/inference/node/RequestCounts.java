package io.bitstack.inference.node;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Objects;
import java.util.Set;
import org.springframework.stereotype.Component;

/** How many requests have ended, and how many of them for a reason that is the node's. */
@Component
class RequestCounts {
    private static final Set<String> NODES_FAULT = Set.of("generation_failed", "deadline_exceeded");

    private final MeterRegistry registry;

    RequestCounts(MeterRegistry registry) {
        this.registry = registry;
    }

    NodeReport.Requests now() {
        long ended = 0;
        long failed = 0;
        for (Counter counter : registry.find("bitstack.inference.requests").counters()) {
            long count = (long) counter.count();
            ended += count;
            failed += NODES_FAULT.contains(
                            Objects.requireNonNullElse(counter.getId().getTag("outcome"), ""))
                    ? count
                    : 0;
        }
        return new NodeReport.Requests(ended, failed);
    }
}
