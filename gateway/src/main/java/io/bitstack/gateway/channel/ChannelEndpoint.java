package io.bitstack.gateway.channel;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** This end of one WebSocket that a node has opened. */
final class ChannelEndpoint extends Endpoint {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelEndpoint.class);
    /** Tomcat's name for how long one write may take. */
    private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";

    private static final long SEND_TIMEOUT_MILLIS = 10_000;

    private final String node;
    private final JsonMapper json;
    private final Channels channels;
    private volatile @Nullable NodeConnection connection;

    ChannelEndpoint(String node, JsonMapper json, Channels channels) {
        this.node = node;
        this.json = json;
        this.channels = channels;
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        session.getUserProperties().put(SEND_TIMEOUT, SEND_TIMEOUT_MILLIS);
        NodeConnection opened = new NodeConnection(node, session, json, channels);
        connection = opened;
        session.addMessageHandler(String.class, (MessageHandler.Whole<String>) opened::hear);
        session.addMessageHandler(
                ByteBuffer.class, (MessageHandler.Partial<ByteBuffer>) (bytes, isLast) -> opened.receive(bytes));
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> opened.heard());
        channels.add(opened);
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        NodeConnection closed = connection;
        if (closed != null) {
            String why = "closed (%s)".formatted(reason.getCloseCode().getCode());
            channels.gone(closed, why);
            closed.gone(why);
        }
    }

    @Override
    public void onError(Session session, Throwable error) {
        LOG.debug("a connection of node {} broke", node, error);
        NodeConnection broken = connection;
        if (broken != null) {
            channels.gone(broken, error.toString());
            broken.gone(error.toString());
        }
    }
}
