package io.bitstack.service;

import java.io.IOException;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** HTTP/1.1 that lets {@link ClientConnection} see the socket of the request that a thread works on. Made by Tomcat, by name. */
public final class WatchedProtocol extends Http11NioProtocol {
    @Override
    protected Processor createProcessor() {
        return new WatchedProcessor(this);
    }

    private static final class WatchedProcessor extends Http11Processor {
        WatchedProcessor(AbstractHttp11Protocol<?> protocol) {
            super(protocol, protocol.getAdapter());
        }

        @Override
        public SocketState service(SocketWrapperBase<?> socket) throws IOException {
            return ScopedValue.where(ClientConnection.SOCKET, socket).call(() -> super.service(socket));
        }
    }
}
