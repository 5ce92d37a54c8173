package io.bitstack.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.service.RequestIds;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.Executors;

/** The least that stands between a client and a node: takes a request, asks the node with the JDK's own blocking client, copies the answer piece by piece. It looks at nothing. */
final class PlainProxy {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final URI node;

    private PlainProxy(URI node) {
        this.node = node;
    }

    /** Argument: the node's address. */
    public static void main(String[] args) throws IOException {
        StandInPlatform.forLatency();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", new PlainProxy(URI.create(args[0]))::pass);
        server.start();
        BenchProcess.listening(server.getAddress().getPort());
        server.stop(0);
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            HttpURLConnection asked = (HttpURLConnection)
                    node.resolve(exchange.getRequestURI().getPath()).toURL().openConnection();
            asked.setDoOutput(true);
            asked.setRequestProperty("Content-Type", "application/json");
            asked.setRequestProperty(
                    RequestIds.HEADER, exchange.getRequestHeaders().getFirst(RequestIds.HEADER));
            try (OutputStream body = asked.getOutputStream()) {
                exchange.getRequestBody().transferTo(body);
            }
            int status = asked.getResponseCode();
            exchange.getResponseHeaders().set("Content-Type", asked.getContentType());
            try (InputStream answer = asked.getInputStream()) {
                exchange.sendResponseHeaders(status, 0);
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int read = answer.read(buffer); read >= 0; read = answer.read(buffer)) {
                    exchange.getResponseBody().write(buffer, 0, read);
                    exchange.getResponseBody().flush();
                }
            }
        }
    }
}
