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

/** Bounds how many completions run at the same time: those of one key, those of one address, and all together. */
@Component
public class RunningCompletions {
    private static final String AGAIN_SECONDS = "1";

    private final Map<String, Integer> byKey = new ConcurrentHashMap<>();
    private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();
    private final AtomicInteger all = new AtomicInteger();
    private final int mostOfKey;
    private final int mostOfAddress;
    private final int most;

    RunningCompletions(GatewaySettings settings, MeterRegistry meters) {
        this.mostOfKey = settings.limits().streams();
        this.mostOfAddress = settings.limits().addressStreams();
        this.most = settings.limits().allStreams();
        Gauge.builder("bitstack.gateway.completions.running", all, AtomicInteger::get)
                .description("completions that run now")
                .register(meters);
    }

    /**
     * Takes a place; the answer gives it back, once. Throws when there is none.
     *
     * @param address as {@link RateLimits#address} names it
     */
    public Runnable enter(String id, String address, HttpServletResponse response) {
        if (all.incrementAndGet() > most) {
            all.decrementAndGet();
            response.setHeader(HttpHeaders.RETRY_AFTER, AGAIN_SECONDS);
            throw new ApiException(
                    GatewayCode.GATEWAY_BUSY, "the gateway runs as many completions as it may; try again in a moment");
        }
        boolean isKeyFull = byKey.merge(id, 1, Integer::sum) > mostOfKey;
        boolean isAddressFull = byAddress.merge(address, 1, Integer::sum) > mostOfAddress;
        if (isKeyFull || isAddressFull) {
            leave(id, address);
            throw isKeyFull
                    ? refusal("key", "streams", mostOfKey, response)
                    : refusal("address", "address-streams", mostOfAddress, response);
        }
        AtomicBoolean hasLeft = new AtomicBoolean();
        return () -> {
            if (hasLeft.compareAndSet(false, true)) {
                leave(id, address);
            }
        };
    }

    private static ApiException refusal(String whose, String limit, int most, HttpServletResponse response) {
        response.setHeader(HttpHeaders.RETRY_AFTER, AGAIN_SECONDS);
        response.setHeader("RateLimit-Policy", "\"%s\";q=%d".formatted(limit, most));
        response.setHeader("RateLimit", "\"%s\";r=0".formatted(limit));
        return new ApiException(
                GatewayCode.RATE_LIMITED,
                "this %s runs %d completions, as many as it may; wait for one to end".formatted(whose, most));
    }

    private void leave(String id, String address) {
        all.decrementAndGet();
        oneLess(byKey, id);
        oneLess(byAddress, address);
    }

    private static void oneLess(Map<String, Integer> counts, String name) {
        counts.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
    }
}
