package io.bitstack.inference.channel;

import io.bitstack.inference.identity.NodeIdentity;
import io.bitstack.service.channel.ChannelProtocol;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens connections to one gateway with the node's key. */
final class GatewayDialer {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final String gateway;
    private final String node;
    private final NodeIdentity identity;
    private final HttpClient http;
    private final OwnPort port;

    /** @param gateway its address without a slash at its end */
    GatewayDialer(String gateway, String node, NodeIdentity identity, HttpClient http, OwnPort port) {
        this.gateway = gateway;
        this.node = node;
        this.identity = identity;
        this.http = http;
        this.port = port;
    }

    String gateway() {
        return gateway;
    }

    /**
     * Opens one, which belongs to a channel and tells it; does not wait for that.
     *
     * @param ended told once: nothing when it is open, or why it is not
     */
    void dial(GatewayChannel channel, Consumer<@Nullable Throwable> ended) {
        try {
            var _ = http.newWebSocketBuilder()
                    .header("Authorization", "Bearer " + identity.key())
                    .subprotocols(ChannelProtocol.NAME)
                    .connectTimeout(TIMEOUT)
                    .buildAsync(
                            URI.create(gateway.replaceFirst("^http", "ws") + ChannelProtocol.path(node)),
                            new WorkConnection(channel, http, port))
                    .whenComplete((_, failure) -> ended.accept(failure));
        } catch (IOException | IllegalArgumentException e) {
            ended.accept(e);
        }
    }

    /** Why a connection did not come about, for people to read. */
    static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof WebSocketHandshakeException refused && refused.getResponse() != null
                ? "it answers %d; a proxy in between has to let WebSockets through"
                        .formatted(refused.getResponse().statusCode())
                : cause.toString();
    }
}
