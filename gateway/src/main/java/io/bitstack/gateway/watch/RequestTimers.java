package io.bitstack.gateway.watch;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.http.Outcome;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** Counts and times requests under the name and the tags that Spring's own observation gives them, of which other services have the same. */
@Component
class RequestTimers {
    /** Others would be as many as clients can think of. */
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

    private final MeterRegistry registry;
    /** As many as there are routes, statuses and kinds of failures. */
    private final Map<Line, Timer> timers = new ConcurrentHashMap<>();

    RequestTimers(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * What requests are counted by.
     *
     * @param uri a pattern, never a path
     * @param exception the class of what the request failed by, or {@code none}
     */
    record Line(String method, String uri, int status, String exception) {
        static final String NONE = "none";

        Line {
            method = METHODS.contains(method) ? method : "UNKNOWN";
        }

        // A record's own are method handles, slow where they run ten times a second.
        @Override
        public boolean equals(Object other) {
            return other instanceof Line same
                    && status == same.status
                    && method.equals(same.method)
                    && uri.equals(same.uri)
                    && exception.equals(same.exception);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * uri.hashCode() + method.hashCode()) + status;
        }
    }

    void record(Line line, long nanos) {
        timers.computeIfAbsent(line, this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Line line) {
        return Timer.builder("http.server.requests")
                .tag("method", line.method())
                .tag("uri", line.uri())
                .tag("status", Integer.toString(line.status()))
                .tag("outcome", Outcome.forStatus(line.status()).name())
                .tag("exception", line.exception())
                .tag("error", line.exception())
                .register(registry);
    }
}
