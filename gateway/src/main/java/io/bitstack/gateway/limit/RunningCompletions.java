package io.bitstack.gateway.limit;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/** Bounds how many completions run at the same time: those of one key, and all together. */
@Component
public class RunningCompletions {
    private static final String AGAIN_SECONDS = "1";

    private final Map<String, Integer> byKey = new ConcurrentHashMap<>();
    private final AtomicInteger all = new AtomicInteger();
    private final int mostOfKey;
    private final int most;

    RunningCompletions(GatewaySettings settings, MeterRegistry meters) {
        this.mostOfKey = settings.limits().streams();
        this.most = settings.limits().allStreams();
        Gauge.builder("bitstack.gateway.completions.running", all, AtomicInteger::get)
                .description("completions that run now")
                .register(meters);
    }

    /** Takes a place; the answer gives it back, once. Throws when there is none. */
    public Runnable enter(String id, HttpServletResponse response) {
        if (all.incrementAndGet() > most) {
            all.decrementAndGet();
            response.setHeader(HttpHeaders.RETRY_AFTER, AGAIN_SECONDS);
            throw new ApiException(
                    GatewayCode.GATEWAY_BUSY, "the gateway runs as many completions as it may; try again in a moment");
        }
        if (byKey.merge(id, 1, Integer::sum) > mostOfKey) {
            leave(id);
            response.setHeader(HttpHeaders.RETRY_AFTER, AGAIN_SECONDS);
            response.setHeader("RateLimit-Policy", "\"streams\";q=" + mostOfKey);
            response.setHeader("RateLimit", "\"streams\";r=0");
            throw new ApiException(
                    GatewayCode.RATE_LIMITED,
                    "this key runs %d completions, as many as it may; wait for one to end".formatted(mostOfKey));
        }
        AtomicBoolean hasLeft = new AtomicBoolean();
        return () -> {
            if (hasLeft.compareAndSet(false, true)) {
                leave(id);
            }
        };
    }

    private void leave(String id) {
        all.decrementAndGet();
        byKey.computeIfPresent(id, (_, count) -> count == 1 ? null : count - 1);
    }
}
