package io.bitstack.gateway.watch;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * The gateway's part of a trace: a span for each request, and one below it for what is asked of a server behind. A request that is not sampled has ids all the same, so that its lines of
 * the log are found, and so that what is behind does not record it either.
 */
@Component
public class Traces {
    private final Tracer tracer;
    private final Propagator propagator;

    Traces(Tracer tracer, ObjectProvider<Propagator> propagator) {
        this.tracer = tracer;
        this.propagator = propagator.getIfAvailable(() -> Propagator.NOOP);
    }

    /** Begins the span of a request, below the client's if it has one. */
    Span begin(HttpServletRequest request) {
        return propagator
                .extract(
                        request,
                        (asked, header) -> Objects.requireNonNull(asked).getHeader(header))
                .kind(Span.Kind.SERVER)
                .start();
    }

    /** Makes a span the one that logs name, and below which others begin, until it is closed. */
    Tracer.SpanInScope within(Span span) {
        return tracer.withSpan(span);
    }

    /**
     * Tells a server behind below what its spans belong.
     *
     * @param server for people to read
     * @return what ends when the answer begins
     */
    public <C> Span ask(String server, C request, Propagator.Setter<C> setter) {
        Span current = tracer.currentSpan();
        if (current == null) {
            // The gateway asks for itself.
            return Span.NOOP;
        }
        if (current.isNoop()) {
            propagator.inject(current.context(), request, setter);
            return Span.NOOP;
        }
        Span span =
                tracer.nextSpan().name("upstream").tag("server.address", server).start();
        propagator.inject(span.context(), request, setter);
        return span;
    }
}
