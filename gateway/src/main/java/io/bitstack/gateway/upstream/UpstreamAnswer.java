package io.bitstack.gateway.upstream;

import java.io.Closeable;
import java.io.InputStream;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.core5.http.HttpResponse;
import org.springframework.http.HttpHeaders;

/**
 * An answer from behind the gateway, of which the head is here. Whoever has read its body to the end has given the connection back; closing it before ends the
 * connection, from any thread.
 *
 * @param headers those that may be handed on; whoever has the answer may change them
 */
public record UpstreamAnswer(int status, HttpHeaders headers, InputStream body, Runnable cancel) implements Closeable {
    private static final Set<String> ONE_CONNECTION =
            Set.of("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    static UpstreamAnswer of(HttpResponse response, InputStream body, Runnable cancel) {
        HttpHeaders headers = new HttpHeaders();
        response.headerIterator().forEachRemaining(header -> {
            if (!isOfOneConnection(header.getName())) {
                headers.add(header.getName(), header.getValue());
            }
        });
        return new UpstreamAnswer(response.getCode(), headers, body, cancel);
    }

    /** Whether a header is about the connection that it came by, and not handed on. */
    public static boolean isOfOneConnection(String header) {
        return ONE_CONNECTION.contains(header.toLowerCase(Locale.ROOT));
    }

    /** The body's own close would read all that is to come, which for a stream of events is for ever. */
    @Override
    public void close() {
        cancel.run();
    }

    @Override
    public String toString() {
        return "UpstreamAnswer[%d]".formatted(status);
    }
}
