package io.bitstack.compression;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Stands between a client and a server and lets the first requests that fit fail in one way; passes everything else on. */
final class FaultyRelay implements AutoCloseable {
    /** What happens to a request. */
    enum Fault {
        /** It is answered 503 at once. */
        UNAVAILABLE,
        /** The connection ends in the midst of the answer, which has to be a long one. */
        HALF_AN_ANSWER,
        /** The connection ends before the last byte of the answer, or of its beginning. */
        CUT_SHORT,
        /** The answer comes in small pieces with rests between. */
        SLOW
    }

    private static final int HALF_BYTES = 20_000;
    private static final int SLOW_PIECE_BYTES = 1 << 17;
    private static final int SLOW_REST_MILLIS = 20;

    final AtomicInteger faultsLeft = new AtomicInteger();

    private final URI server;
    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile Fault fault = Fault.UNAVAILABLE;
    private volatile Predicate<String> wanted = line -> false;

    FaultyRelay(URI server) throws IOException {
        this.server = server;
        threads.execute(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + door.getLocalPort());
    }

    /** The next {@code times} requests whose first line fits meet a fault. */
    void next(int times, Fault kind, Predicate<String> firstLine) {
        fault = kind;
        wanted = firstLine;
        faultsLeft.set(times);
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

    /** One request a connection, so that each meets its own fate. */
    private void relay(Socket client) {
        try (client;
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
            byte[] head = head(client.getInputStream());
            String line = new String(head, StandardCharsets.US_ASCII)
                    .lines()
                    .findFirst()
                    .orElse("");
            boolean faulty = wanted.test(line) && faultsLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
            if (faulty && fault == Fault.UNAVAILABLE) {
                // Read to its end: a connection that is closed with bytes unread is reset, and the answer lost.
                client.getInputStream().readNBytes(bodyBytes(head));
                client.getOutputStream()
                        .write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                return;
            }
            OutputStream to = upstream.getOutputStream();
            to.write(new String(head, StandardCharsets.ISO_8859_1)
                    .replaceFirst("(?i)\r\nConnection: [^\r]*", "")
                    .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            to.flush();
            threads.execute(() -> pass(client, to));
            answer(upstream.getInputStream(), client.getOutputStream(), faulty ? fault : null);
        } catch (IOException | InterruptedException e) {
            // One end has left, which the other one sees.
        }
    }

    private static int bodyBytes(byte[] head) {
        return new String(head, StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .mapToInt(line ->
                        Integer.parseInt(line.substring(line.indexOf(':') + 1).trim()))
                .findFirst()
                .orElse(0);
    }

    private static byte[] head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int value = in.read(); value >= 0; value = in.read()) {
            head.append((char) value);
            if (value == '\n'
                    && head.length() > 3
                    && head.substring(head.length() - 4).equals("\r\n\r\n")) {
                break;
            }
        }
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void pass(Socket client, OutputStream to) {
        try {
            client.getInputStream().transferTo(to);
        } catch (IOException e) {
            // The answer was given, and the client's end closed.
        }
    }

    private static void answer(InputStream from, OutputStream to, @Nullable Fault fault)
            throws IOException, InterruptedException {
        byte[] buffer = new byte[SLOW_PIECE_BYTES];
        long passed = 0;
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
            if (fault == Fault.HALF_AN_ANSWER && passed + count > HALF_BYTES) {
                to.write(buffer, 0, (int) (HALF_BYTES - passed));
                to.flush();
                return;
            }
            if (fault == Fault.CUT_SHORT) {
                to.write(buffer, 0, count - 1);
                to.flush();
                return;
            }
            if (fault == Fault.SLOW) {
                Thread.sleep(SLOW_REST_MILLIS);
            }
            to.write(buffer, 0, count);
            to.flush();
            passed += count;
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        threads.shutdownNow();
    }
}
