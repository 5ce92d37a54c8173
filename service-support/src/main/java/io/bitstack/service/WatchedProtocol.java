package io.bitstack.service;

import java.io.IOException;
import java.time.Duration;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * HTTP/1.1 that lets {@link ClientConnection} see the socket of the request that a thread works on, and that gives a request's head so much time and no more: who drips bytes
 * would otherwise hold a connection for as long as he likes. Made by Tomcat, by name.
 */
public final class WatchedProtocol extends Http11NioProtocol {
    private Duration headTimeout = WatchedConnections.DEFAULT_HEAD_TIMEOUT;

    /** How long the request line and the headers may take to arrive. */
    void headTimeout(Duration timeout) {
        headTimeout = timeout;
    }

    @Override
    protected Processor createProcessor() {
        return new WatchedProcessor(this);
    }

    private static final class WatchedProcessor extends Http11Processor {
        private final WatchedProtocol protocol;
        private boolean isInHead;
        private long headBeganNanos;

        WatchedProcessor(WatchedProtocol protocol) {
            super(protocol, protocol.getAdapter());
            this.protocol = protocol;
        }

        @Override
        public SocketState service(SocketWrapperBase<?> socket) throws IOException {
            SocketState state =
                    ScopedValue.where(ClientConnection.SOCKET, socket).call(() -> super.service(socket));
            // Between two calls the processor stays with its socket only while a head is incomplete, or an answer is
            // made elsewhere.
            boolean wasInHead = isInHead;
            isInHead = state == SocketState.LONG && !isAsync();
            if (!isInHead) {
                return state;
            }
            long now = System.nanoTime();
            if (!wasInHead) {
                headBeganNanos = now;
            }
            return now - headBeganNanos > protocol.headTimeout.toNanos() ? SocketState.CLOSED : state;
        }
    }
}
