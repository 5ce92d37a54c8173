package io.bitstack.gateway.watch;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * The gateway's part of a trace: a span for each request, and one below it for what is asked of a server behind. A request that is not sampled has ids all the same, so that its lines of
 * the log are found, and so that what is behind does not record it either. Where no collector is named there is nobody to tell of spans, and ids are all that is made.
 */
@Component
public class Traces {
    /** Ways to hand on a trace, or something with it, that the library knows. */
    private static final List<String> OTHER_HEADERS = List.of("tracestate", "baggage", "b3", "X-B3-TraceId");

    private final Tracer tracer;
    private final Propagator propagator;
    private final boolean isHeard;
    private final double sampled;

    Traces(
            Tracer tracer,
            ObjectProvider<Propagator> propagator,
            ObjectProvider<SpanExporter> exporters,
            @Value("${management.tracing.sampling.probability:0.1}") double sampled) {
        this.tracer = tracer;
        this.propagator = propagator.getIfAvailable(() -> Propagator.NOOP);
        this.isHeard = exporters.stream().findAny().isPresent();
        this.sampled = sampled;
    }

    /** Ends what holds for a request. */
    interface Scope extends AutoCloseable {
        @Override
        void close();
    }

    /** Whether a span is made for a request. */
    boolean isRecorded(HttpServletRequest request) {
        if (isHeard) {
            return true;
        }
        for (String header : OTHER_HEADERS) {
            if (request.getHeader(header) != null) {
                return true;
            }
        }
        return false;
    }

    /** For any other: makes its ids those that logs name, and that servers behind are told, until that is closed. */
    Scope plain(HttpServletRequest request) {
        return PlainTrace.begin(request.getHeader(PlainTrace.HEADER), sampled).within();
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
        PlainTrace plain = PlainTrace.current();
        if (plain != null) {
            setter.set(request, PlainTrace.HEADER, plain.header());
            return Span.NOOP;
        }
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
