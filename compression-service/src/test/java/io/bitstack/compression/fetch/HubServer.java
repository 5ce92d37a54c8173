package io.bitstack.compression.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A hub that serves the files of a directory as the public one does: revisions with a commit, small files by itself, large ones by a
 * redirect to a second server, ranges on both. It can answer badly on demand.
 */
public final class HubServer implements AutoCloseable {
    public static final String TOKEN = "hub-token-of-the-tests";
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private static final int LONGEST_SILENCE_MILLIS = 120_000;

    /** What it does wrong, so many times. */
    final AtomicInteger unavailable = new AtomicInteger();

    final AtomicInteger halfBodies = new AtomicInteger();
    final AtomicInteger damaged = new AtomicInteger();
    /** Half a body, and then nothing until it is asked again. */
    final AtomicInteger silent = new AtomicInteger();

    final List<String> contentRequests = new CopyOnWriteArrayList<>();
    final List<String> contentAuthorizations = new CopyOnWriteArrayList<>();
    volatile String redirectTo = "";
    /** Where the second server leads on to; nowhere where it is empty. */
    volatile String contentRedirectTo = "";

    private final Path files;
    private final HttpServer hub;
    private final HttpServer content;

    public HubServer(Path files) throws IOException {
        this.files = files;
        this.hub = start(this::answer);
        this.content = start(this::sendContent);
    }

    private static HttpServer start(com.sun.net.httpserver.HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler);
        server.setExecutor(java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return server;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    /** Where the second server answers. */
    URI contentUrl() {
        return URI.create("http://127.0.0.1:" + content.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            send(exchange, 401, new byte[0]);
        } else if (path.equals("/api/models/us/tiny/revision/main")
                || path.equals("/api/models/us/tiny/revision/" + COMMIT)) {
            send(exchange, 200, listing());
        } else if (path.startsWith("/us/tiny/resolve/" + COMMIT + "/")) {
            resolve(exchange, path.substring(("/us/tiny/resolve/" + COMMIT + "/").length()));
        } else {
            send(exchange, 404, new byte[0]);
        }
    }

    private byte[] listing() throws IOException {
        try (Stream<Path> all = Files.list(files)) {
            String siblings = all.map(file -> "{\"rfilename\":\"%s\"}".formatted(file.getFileName()))
                    .collect(Collectors.joining(","));
            return "{\"sha\":\"%s\",\"siblings\":[%s]}"
                    .formatted(COMMIT, siblings)
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    private void resolve(HttpExchange exchange, String name) throws IOException {
        Path file = files.resolve(name);
        if (!Files.isRegularFile(file)) {
            send(exchange, 404, new byte[0]);
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        byte[] bytes = Files.readAllBytes(file);
        if (name.endsWith(".json")) {
            exchange.getResponseHeaders().set("ETag", "\"" + gitName(bytes) + "\"");
            send(exchange, 200, bytes);
            return;
        }
        exchange.getResponseHeaders()
                .set("X-Linked-Etag", "\"" + Digest.of(bytes).hex() + "\"");
        exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(bytes.length));
        String target = redirectTo.isEmpty() ? contentUrl().toString() : redirectTo;
        exchange.getResponseHeaders().set("Location", target + "/" + name);
        send(exchange, 302, new byte[0]);
    }

    private static String gitName(byte[] bytes) {
        try {
            java.security.MessageDigest sha1 = java.security.MessageDigest.getInstance("SHA-1");
            sha1.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
            return java.util.HexFormat.of().formatHex(sha1.digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void sendContent(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        contentRequests.add(exchange.getRequestURI().getPath() + " " + range);
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        contentAuthorizations.add(authorization == null ? "" : authorization);
        if (!contentRedirectTo.isEmpty()) {
            exchange.getResponseHeaders()
                    .set(
                            "Location",
                            contentRedirectTo + exchange.getRequestURI().getPath());
            send(exchange, 302, new byte[0]);
            return;
        }
        if (unavailable.getAndUpdate(HubServer::less) > 0) {
            send(exchange, 503, new byte[0]);
            return;
        }
        byte[] bytes = Files.readAllBytes(
                files.resolve(exchange.getRequestURI().getPath().substring(1)));
        if (damaged.getAndUpdate(HubServer::less) > 0) {
            bytes[bytes.length / 2] ^= 1;
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        if (range != null) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
        }
        int length = bytes.length - from;
        exchange.sendResponseHeaders(range == null ? 200 : 206, length);
        boolean half = halfBodies.getAndUpdate(HubServer::less) > 0;
        boolean mute = silent.getAndUpdate(HubServer::less) > 0;
        int asked = contentRequests.size();
        OutputStream out = exchange.getResponseBody();
        out.write(bytes, from, half || mute ? length / 2 : length);
        out.flush();
        try {
            for (int i = 0; mute && contentRequests.size() == asked && i < LONGEST_SILENCE_MILLIS; i += 10) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Not the body first: that would keep the connection, and the client would wait for what was announced.
        exchange.close();
    }

    private static int less(int count) {
        return Math.max(0, count - 1);
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        }
        exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    List<String> contentRequestsAndForget() {
        List<String> requests = new ArrayList<>(contentRequests);
        contentRequests.clear();
        return requests;
    }

    @Override
    public void close() {
        hub.stop(0);
        content.stop(0);
    }
}
