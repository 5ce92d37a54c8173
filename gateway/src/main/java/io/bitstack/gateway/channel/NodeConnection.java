package io.bitstack.gateway.channel;

import io.bitstack.service.channel.AnswerWord;
import io.bitstack.service.channel.WorkHead;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCode;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** A connection that a node has opened: idle, or with one request. */
final class NodeConnection {
    private static final Logger LOG = LoggerFactory.getLogger(NodeConnection.class);
    private static final int PIECE_BYTES = 64 * 1024;

    private final String node;
    private final Session session;
    private final JsonMapper json;
    private final Channels channels;
    private final long openedNanos = System.nanoTime();
    private volatile long heardNanos = openedNanos;
    private volatile long pingedNanos = openedNanos;
    /** While the answer waits for its client nothing is read: that is not the node's silence. */
    private volatile boolean isReceiving;

    private volatile boolean isSending;
    private @Nullable Exchange running;

    NodeConnection(String node, Session session, JsonMapper json, Channels channels) {
        this.node = node;
        this.session = session;
        this.json = json;
        this.channels = channels;
    }

    String node() {
        return node;
    }

    Duration age() {
        return Duration.ofNanos(System.nanoTime() - openedNanos);
    }

    /** Takes the connection for a request; false if it is gone or not free. */
    synchronized boolean carry(Exchange exchange) {
        if (running != null || !session.isOpen()) {
            return false;
        }
        running = exchange;
        return true;
    }

    private synchronized @Nullable Exchange running() {
        return running;
    }

    private synchronized boolean drop(Exchange exchange) {
        boolean was = running == exchange;
        if (was) {
            running = null;
        }
        return was;
    }

    /** Sends the request that the connection carries. */
    void send(WorkHead head, byte[] body) throws IOException {
        isSending = true;
        try {
            RemoteEndpoint.Basic remote = session.getBasicRemote();
            remote.sendText(json.writeValueAsString(head));
            for (int from = 0; from < body.length; from += PIECE_BYTES) {
                int count = Math.min(PIECE_BYTES, body.length - from);
                remote.sendBinary(ByteBuffer.wrap(body, from, count), from + count == body.length);
            }
        } catch (IllegalStateException e) {
            throw new IOException("the connection was closed", e);
        } finally {
            isSending = false;
        }
    }

    /** Ends a request from any thread, at once: the node stops when the connection closes. Does nothing when the connection does not carry it any more. */
    void cancel(Exchange exchange) {
        if (drop(exchange)) {
            exchange.giveUp();
            exchange.broke(new IOException("the request was given up"));
            close(CloseCodes.NORMAL_CLOSURE, "the request was given up");
        }
    }

    /** Hears a word of the node. */
    void hear(String text) {
        heardNanos = System.nanoTime();
        Exchange exchange = running();
        if (exchange == null) {
            close(CloseCodes.PROTOCOL_ERROR, "nothing was asked");
            return;
        }
        try {
            AnswerWord word = AnswerHeads.parse(json, text);
            if (exchange.hear(word) && drop(exchange)) {
                exchange.finish(word);
                channels.free(this);
            }
        } catch (IOException | JacksonException e) {
            spoilt(exchange, e);
        }
    }

    /** Takes a piece of an answer; waits while its client is behind. */
    void receive(ByteBuffer bytes) {
        Exchange exchange = running();
        if (exchange == null) {
            // Of a request that was given up: the connection is being closed.
            return;
        }
        isReceiving = true;
        try {
            exchange.receive(bytes);
        } catch (IOException e) {
            spoilt(exchange, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            spoilt(exchange, e);
        } finally {
            heardNanos = System.nanoTime();
            isReceiving = false;
        }
    }

    private void spoilt(Exchange exchange, Exception why) {
        LOG.warn("node {} does not keep to the protocol of its channel: {}", node, why.getMessage());
        if (drop(exchange)) {
            exchange.broke(new IOException("the node does not keep to the protocol", why));
        }
        close(CloseCodes.PROTOCOL_ERROR, "against the protocol");
    }

    /** The node is there. */
    void heard() {
        heardNanos = System.nanoTime();
    }

    /** The connection is gone. */
    void gone(String why) {
        Exchange exchange = running();
        if (exchange != null && drop(exchange)) {
            exchange.broke(new IOException("the node's connection is gone: " + why));
        }
    }

    boolean isSilentFor(Duration longest) {
        return !isReceiving && System.nanoTime() - heardNanos > longest.toNanos();
    }

    /**
     * Asks the node for a sign of life if it has given none for a while; also while its answer waits for its client, since the node would take the gateway for gone otherwise.
     */
    void pingAfter(Duration quiet) {
        long now = System.nanoTime();
        boolean isDue = now - heardNanos >= quiet.toNanos() && now - pingedNanos >= quiet.toNanos();
        if (isDue && !isSending) {
            pingedNanos = now;
            aside(() -> session.getBasicRemote().sendPing(ByteBuffer.allocate(0)));
        }
    }

    /** Closes the connection; does not wait for that. */
    void close(CloseCode code, String why) {
        channels.remove(this, why);
        gone(why);
        aside(() -> session.close(new CloseReason(code, why)));
    }

    private interface Closing {
        void run() throws IOException;
    }

    /** A connection that takes nothing any more would hold up the thread that writes to it. */
    private void aside(Closing what) {
        Thread.ofVirtual().name("channel-" + node).start(() -> {
            try {
                what.run();
            } catch (IOException | IllegalStateException e) {
                LOG.debug("a connection of node {} was closed already", node, e);
            }
        });
    }
}
