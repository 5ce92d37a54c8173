package io.bitstack.compression;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The address at which a service finds its database, whatever port that gets when it is started again. */
final class DatabaseRelay implements AutoCloseable {
    private static final int NOWHERE = 0;

    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target = NOWHERE;

    DatabaseRelay() throws IOException {
        threads.execute(this::accept);
    }

    String url(String database) {
        return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(door.getLocalPort(), database);
    }

    void leadTo(int port) {
        target = port;
    }

    /** The database is gone: connections end, and new ones end at once. */
    void leadNowhere() throws IOException {
        target = NOWHERE;
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                threads.execute(() -> relay(client));
            }
        } catch (IOException e) {
            // The door is closed.
        }
    }

    private void relay(Socket client) {
        try (client) {
            open.add(client);
            int port = target;
            if (port == NOWHERE) {
                return;
            }
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                threads.execute(() -> pass(client, server));
                pass(server, client);
            }
        } catch (IOException e) {
            // One end has left, which the other one sees.
        } finally {
            open.remove(client);
        }
    }

    /** Until either end has left; then the other one hears of it. */
    private static void pass(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        } catch (IOException e) {
            // As above.
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        leadNowhere();
        threads.shutdownNow();
    }
}
