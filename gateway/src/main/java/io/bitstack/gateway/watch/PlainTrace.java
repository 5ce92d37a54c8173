package io.bitstack.gateway.watch;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The ids of a trace for a gateway that tells nobody of its spans: in every line that is logged for a request, and told to the servers behind, which may have somebody to tell. To have a span made
 * for them is a third of all that happens to a request before a first token.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId of the gateway's own part; 16 of them
 * @param flags two of them, the last one odd if those behind are to record what they do
 */
record PlainTrace(String traceId, String spanId, String flags) {
    static final String HEADER = "traceparent";

    private static final String SAMPLED = "01";
    private static final String NOT_SAMPLED = "00";
    private static final int CHARS = 55;
    private static final int TRACE_AT = 3;
    private static final int SPAN_AT = 36;
    private static final int FLAGS_AT = 53;

    /** Under which lines of a log find it: the names that the library uses. */
    private static final String MDC_TRACE = "traceId";

    private static final String MDC_SPAN = "spanId";
    private static final ThreadLocal<@Nullable PlainTrace> CURRENT = new ThreadLocal<>();

    /**
     * A part of the trace that a client has begun, or of a new one.
     *
     * @param parent the client's header, if it sent one; what is none is not gone by
     * @param sampled the share of new ones that those behind are to record
     */
    static PlainTrace begin(@Nullable String parent, double sampled) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String spanId = id(random);
        if (parent != null && isTrace(parent)) {
            return new PlainTrace(parent.substring(TRACE_AT, SPAN_AT - 1), spanId, parent.substring(FLAGS_AT, CHARS));
        }
        return new PlainTrace(id(random) + id(random), spanId, random.nextDouble() < sampled ? SAMPLED : NOT_SAMPLED);
    }

    private static String id(ThreadLocalRandom random) {
        // Zeros alone are no id.
        return HexFormat.of().toHexDigits(random.nextLong() | 1);
    }

    /** Whether a text is {@code 00-<trace>-<span>-<flags>}. */
    private static boolean isTrace(String text) {
        return text.length() == CHARS
                && text.startsWith("00-")
                && isId(text, TRACE_AT, SPAN_AT - 1)
                && text.charAt(SPAN_AT - 1) == '-'
                && isId(text, SPAN_AT, FLAGS_AT - 1)
                && text.charAt(FLAGS_AT - 1) == '-'
                && isHex(text.charAt(FLAGS_AT))
                && isHex(text.charAt(FLAGS_AT + 1));
    }

    private static boolean isId(String text, int from, int to) {
        boolean isZero = true;
        for (int i = from; i < to; i++) {
            if (!isHex(text.charAt(i))) {
                return false;
            }
            isZero &= text.charAt(i) == '0';
        }
        return !isZero;
    }

    private static boolean isHex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }

    /** The one of the request that this thread answers, if it has one. */
    static @Nullable PlainTrace current() {
        return CURRENT.get();
    }

    /** Makes it the current one, and the one that logs name, until that is closed. */
    Traces.Scope within() {
        CURRENT.set(this);
        MDC.put(MDC_TRACE, traceId);
        MDC.put(MDC_SPAN, spanId);
        return () -> {
            CURRENT.remove();
            MDC.remove(MDC_TRACE);
            MDC.remove(MDC_SPAN);
        };
    }

    /** What a server behind is told. */
    String header() {
        return "00-" + traceId + "-" + spanId + "-" + flags;
    }
}
