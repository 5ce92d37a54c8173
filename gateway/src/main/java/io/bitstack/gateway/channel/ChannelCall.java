package io.bitstack.gateway.channel;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.upstream.ConnectFailedException;
import io.bitstack.gateway.upstream.NotBegunException;
import io.bitstack.gateway.upstream.UpstreamAnswer;
import io.bitstack.gateway.watch.Traces;
import io.bitstack.service.ApiException;
import io.bitstack.service.channel.AnswerWord;
import io.bitstack.service.channel.WorkHead;
import io.micrometer.tracing.Span;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One request to a node over one of its connections, or over another where one turns out to be gone. */
final class ChannelCall {
    /** As many connections as may be gone at once without anybody having noticed. */
    private static final int MOST_TRIES = 3;

    private final Channels channels;
    private final String node;
    private final WorkHead head;
    private final byte[] body;
    private final Duration connectTimeout;
    private final Duration timeout;
    private @Nullable Runnable end;
    private boolean isCancelled;

    ChannelCall(Channels channels, String node, WorkHead head, byte[] body, Duration connectTimeout, Duration timeout) {
        this.channels = channels;
        this.node = node;
        this.head = head;
        this.body = body;
        this.connectTimeout = connectTimeout;
        this.timeout = timeout;
    }

    /** Ends the call, and later its answer, from any thread. */
    void cancel() {
        Runnable how;
        synchronized (this) {
            isCancelled = true;
            how = end;
        }
        if (how != null) {
            how.run();
        }
    }

    private synchronized boolean endBy(Runnable how) {
        end = how;
        return !isCancelled;
    }

    private synchronized boolean isCancelled() {
        return isCancelled;
    }

    /**
     * Returns when the answer's head is here.
     *
     * @throws ConnectFailedException when the node has no connection that is free
     * @throws NotBegunException when it was lost before its answer began
     */
    UpstreamAnswer ask(Traces traces) {
        // What the node records belongs below this, until its answer begins.
        Span span = traces.ask("channel of " + node, head.headers(), ChannelCall::set);
        try {
            for (int tries = 1; ; tries++) {
                NodeConnection connection = connection(tries == 1 ? connectTimeout : Duration.ZERO);
                Exchange exchange = new Exchange(timeout);
                try {
                    send(connection, exchange);
                } catch (IOException e) {
                    connection.cancel(exchange);
                    if (tries == MOST_TRIES || isCancelled()) {
                        throw new NotBegunException(
                                "the connection of node '%s' broke before an answer came; try again".formatted(node),
                                e);
                    }
                    continue;
                }
                return answer(connection, exchange);
            }
        } finally {
            span.end();
        }
    }

    private static void set(@Nullable Map<String, List<String>> headers, String name, String value) {
        Objects.requireNonNull(headers).put(name, List.of(value));
    }

    private NodeConnection connection(Duration patience) {
        try {
            return channels.take(node, patience)
                    .orElseThrow(() -> new ConnectFailedException(
                            "node '%s' has no free connection open to this gateway".formatted(node),
                            new ConnectException("no free connection")));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectFailedException("the gateway is stopping", e);
        }
    }

    /** A node that does not say at once that it has the request does not have it: the connection is gone, or stuck. */
    private void send(NodeConnection connection, Exchange exchange) throws IOException {
        if (!connection.carry(exchange)) {
            throw new IOException("the connection was closed");
        }
        if (!endBy(() -> connection.cancel(exchange))) {
            throw new IOException("the request was given up");
        }
        connection.send(head, body);
        try {
            exchange.awaitTaken(connectTimeout);
        } catch (TimeoutException e) {
            throw new IOException("the node did not take the request within " + connectTimeout, e);
        }
    }

    private UpstreamAnswer answer(NodeConnection connection, Exchange exchange) {
        try {
            AnswerWord begun = exchange.awaitHead(timeout);
            return new UpstreamAnswer(
                    begun.status(), AnswerHeads.headers(begun), exchange.body(), () -> connection.cancel(exchange));
        } catch (TimeoutException e) {
            connection.cancel(exchange);
            throw new ApiException(
                    GatewayCode.UPSTREAM_TIMEOUT,
                    "no answer to " + head.path() + " began within " + timeout.toSeconds() + " s",
                    e);
        } catch (IOException e) {
            connection.cancel(exchange);
            throw new NotBegunException(
                    "the connection of node '%s' broke before an answer came; try again".formatted(node), e);
        }
    }
}
