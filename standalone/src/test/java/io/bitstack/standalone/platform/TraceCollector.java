package io.bitstack.standalone.platform;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes traces as OpenTelemetry's exporters send them, and says which services have spans of a trace. */
final class TraceCollector implements AutoCloseable {
    private static final long PATIENCE_NANOS = 180_000_000_000L;
    private static final String PATH = "/v1/traces";

    private final List<byte[]> batches = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    TraceCollector() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext(PATH, exchange -> {
            try (exchange) {
                batches.add(exchange.getRequestBody().readAllBytes());
                exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + PATH;
    }

    /** Waits until each service has sent a span of a trace. A batch is of one service, and has its name as text and the trace's id as 16 bytes. */
    void awaitServices(String traceId, String... services) throws InterruptedException {
        String id = new String(HexFormat.of().parseHex(traceId), StandardCharsets.ISO_8859_1);
        Set<String> missing = new TreeSet<>(List.of(services));
        long endNanos = System.nanoTime() + PATIENCE_NANOS;
        while (!missing.isEmpty()) {
            for (byte[] batch : batches) {
                String text = new String(batch, StandardCharsets.ISO_8859_1);
                if (text.contains(id)) {
                    missing.removeIf(text::contains);
                }
            }
            if (System.nanoTime() > endNanos) {
                throw new AssertionError("no span of the trace from " + missing + " in " + batches.size() + " batches");
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
