package io.bitstack.gateway.watch;

import io.bitstack.gateway.identity.AdmittedRoute;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Times every request, and begins its span. Spring's own observation would do the same in a general way, and be a seventh of all that happens before a first token: what it says of a request
 * that nobody samples is thrown away.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
class RequestWatch implements Filter {
    private final RequestTimers timers;
    private final Traces traces;

    RequestWatch(RequestTimers timers, Traces traces) {
        this.timers = timers;
        this.traces = traces;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest asked = (HttpServletRequest) request;
        HttpServletResponse answer = (HttpServletResponse) response;
        if (traces.isRecorded(asked)) {
            Span span = traces.begin(asked);
            try (Tracer.SpanInScope _ = traces.within(span)) {
                watch(asked, answer, chain, span);
            } finally {
                span.end();
            }
        } else {
            try (Traces.Scope _ = traces.plain(asked)) {
                watch(asked, answer, chain, Span.NOOP);
            }
        }
    }

    private void watch(HttpServletRequest request, HttpServletResponse response, FilterChain chain, Span span)
            throws IOException, ServletException {
        long beginNanos = System.nanoTime();
        String exception = RequestTimers.Line.NONE;
        try {
            chain.doFilter(request, response);
        } catch (IOException | ServletException | RuntimeException e) {
            exception = e.getClass().getSimpleName();
            span.error(e);
            throw e;
        } finally {
            RequestTimers.Line line = new RequestTimers.Line(
                    request.getMethod(), uri(request, response), response.getStatus(), exception);
            timers.record(line, System.nanoTime() - beginNanos);
            if (!span.isNoop()) {
                describe(span, line, request);
            }
        }
    }

    private static void describe(Span span, RequestTimers.Line line, HttpServletRequest request) {
        span.name("http " + line.method().toLowerCase(Locale.ROOT) + " " + line.uri())
                .tag("method", line.method())
                .tag("uri", line.uri())
                .tag("http.url", request.getRequestURI())
                .tag("status", Integer.toString(line.status()))
                .tag("exception", line.exception());
    }

    /** What a request was for: the pattern of its route; nothing that a client has made up. */
    private static String uri(HttpServletRequest request, HttpServletResponse response) {
        String admitted = AdmittedRoute.pattern(request);
        if (admitted != null) {
            return admitted;
        }
        if (request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE) instanceof String pattern) {
            return pattern;
        }
        return response.getStatus() == HttpServletResponse.SC_NOT_FOUND ? "NOT_FOUND" : "UNKNOWN";
    }
}
