package io.bitstack.standalone.platform;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The way from a node to its gateway, which can be cut: what is open on it breaks, what is opened later goes through. */
final class CutLink implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final ServerSocket server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    private final URI to;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    CutLink(URI to) throws IOException {
        this.to = to;
        Thread.ofVirtual().start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /**
     * Breaks everything that is open.
     *
     * @return how many connections that were
     */
    int cut() {
        Set<Socket> broken = Set.copyOf(open);
        broken.forEach(CutLink::cut);
        open.removeAll(broken);
        return broken.size() / 2;
    }

    private static void cut(Socket socket) {
        try {
            // Without a word: what was on its way is lost.
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // One of its ends was closed in the meantime.
            return;
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket from = server.accept();
                Socket onward = new Socket(to.getHost(), to.getPort());
                open.add(from);
                open.add(onward);
                Thread.ofVirtual().start(() -> pump(from, onward));
                Thread.ofVirtual().start(() -> pump(onward, from));
            }
        } catch (IOException e) {
            // Closed: the test is over.
            return;
        }
    }

    private void pump(Socket from, Socket onward) {
        try (from;
                onward) {
            InputStream in = from.getInputStream();
            OutputStream out = onward.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // Cut, or one of both has closed it.
            return;
        } finally {
            open.remove(from);
            open.remove(onward);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
