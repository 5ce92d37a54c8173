package io.bitstack.service;

import java.io.IOException;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * The connection to the client whose request is being answered. A servlet learns that its client has left only when it writes; who computes for long
 * without writing asks here. One thread at a time, until the answer is complete.
 */
public final class ClientConnection {
    /** Bound by {@link WatchedProtocol} around each request. */
    static final ScopedValue<SocketWrapperBase<?>> SOCKET = ScopedValue.newInstance();

    private final @Nullable SocketWrapperBase<?> socket;

    private ClientConnection(@Nullable SocketWrapperBase<?> socket) {
        this.socket = socket;
    }

    /** That of the request which this thread answers. Without {@link WatchedConnections} it is never seen to close. */
    public static ClientConnection current() {
        return new ClientConnection(SOCKET.isBound() ? SOCKET.get() : null);
    }

    /**
     * Whether the client has closed the connection, or its half of it: whoever has a request answered keeps both open. Reads ahead without
     * waiting; what a client sends of its next request stays in the connection's buffer.
     */
    public boolean isClosed() {
        if (socket == null) {
            return false;
        }
        try {
            socket.isReadyForRead();
            return socket.isClosed();
        } catch (IOException e) {
            // The end of the stream, or a reset.
            return true;
        }
    }
}
