package io.bitstack.service.net;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port of the loopback address for a server that takes it some seconds later: none of those that a system gives to every connection that is opened and to servers that want any, since it might be gone by
 * then. A PostgreSQL that finds its port taken ends, and whoever waits for it learns nothing.
 */
public final class PortForLater {
    /** Systems give away ports from 32768 on, or from 49152 on. */
    private static final int FIRST = 12_000;

    private static final int END = 20_000;
    private static final int TRIES = 100;

    private PortForLater() {}

    /** @throws IOException if there is none */
    public static int find() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("%d ports from %d to %d were tried, and all are taken".formatted(TRIES, FIRST, END - 1));
    }

    /** Whether nobody listens at a port of the loopback address. */
    public static boolean isFree(int port) throws IOException {
        try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return server.isBound();
        } catch (BindException e) {
            return false;
        }
    }
}
