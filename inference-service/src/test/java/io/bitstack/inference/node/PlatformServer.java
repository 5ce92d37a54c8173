package io.bitstack.inference.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.model.TestStack;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.inference.resident.ResidentModels;
import io.bitstack.inference.trust.TestSigner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routes of the platform that a node uses, over HTTP, with what can go wrong on the way. */
final class PlatformServer implements AutoCloseable {
    static final String KEY = "bsk_of-the-node";

    private final HttpServer server;
    private final Digest stackDigest;
    private final StackManifest manifest;
    private final Map<Digest, byte[]> contents;
    private final JsonMapper json = new JsonMapper();
    private final TestSigner signer = new TestSigner("test-key-0000001");
    private final AtomicInteger revisions = new AtomicInteger();
    /** Bytes that are sent in the place of others. */
    final Map<Digest, byte[]> instead = new ConcurrentHashMap<>();
    /** Blobs that cannot be had. */
    final Set<Digest> missing = ConcurrentHashMap.newKeySet();
    /** Blobs whose next answer has a flipped bit. */
    final Set<Digest> spoilOnce = ConcurrentHashMap.newKeySet();
    /** Blobs whose next answer ends half-way, once that half has arrived: what a client has not read yet is lost with the connection. */
    final Set<Digest> cutOnce = ConcurrentHashMap.newKeySet();

    volatile BiPredicate<Digest, Integer> arrived = (digest, bytes) -> true;

    final Map<Digest, String> ranges = new ConcurrentHashMap<>();
    final AtomicInteger blobRequests = new AtomicInteger();
    volatile String desired = "{\"budgetBytes\":null,\"deployment\":null}";
    volatile JsonNode lastReport = JsonMapper.shared().createObjectNode();
    volatile boolean down;
    /** Answers what has nothing to do with the question. */
    volatile boolean garbage;
    /** Pauses after each kilobyte that it sends. */
    volatile int slowMillis;
    /** Begins answers to reports, and does not end them. */
    volatile boolean stalled;
    /** Signs in place of the one whose key is listed. */
    volatile @Nullable TestSigner impostor;
    /** The next answer of many blobs ends after so many bytes; 0 for none. */
    final AtomicInteger cutContentAfter = new AtomicInteger();

    final AtomicInteger contentRequests = new AtomicInteger();
    final AtomicInteger joins = new AtomicInteger();
    /** Reports that were taken, also those of nodes that are gone. */
    final AtomicInteger reports = new AtomicInteger();
    /** Requests that were answered with nonsense, or not at all since the platform was down. */
    final AtomicInteger refused = new AtomicInteger();
    /** Reports whose answer was begun and not ended. */
    final AtomicInteger unended = new AtomicInteger();
    /** By when they began, since all have one name. Guarded by this. */
    private final Set<String> nodes = new HashSet<>();

    private final Set<String> goneNodes = new HashSet<>();
    /** The join token that lets a node in; its key is {@link #KEY} then. */
    static final String JOIN_TOKEN = "bsj_of-the-test";

    PlatformServer(TestStack stack) throws IOException {
        this(stack.digest(), stack.manifest(), stack.contents());
    }

    /** @param contents every blob, the manifest too */
    PlatformServer(Digest stackDigest, StackManifest manifest, Map<Digest, byte[]> contents) throws IOException {
        this.stackDigest = stackDigest;
        this.manifest = manifest;
        this.contents = contents;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    void deploy(int contextTokens) {
        deploy(contextTokens, "\"more\":1");
    }

    /** @param more members of the deployment */
    void deploy(int contextTokens, String more) {
        deploy(contextTokens, more, "null");
    }

    private void deploy(int contextTokens, String more, String budgetBytes) {
        desired = """
                {"budgetBytes":%s,"revision":"r%d","deployment":{"id":"1","model":"tiny","version":3,"alias":null,
                 "stackDigest":"%s","contextTokens":%d,%s}}""".formatted(budgetBytes, revisions.incrementAndGet(), stackDigest, contextTokens, more);
    }

    /** The name of what is desired now. */
    String revision() {
        return "r" + revisions.get();
    }

    /** A deployment and a budget that are heard of together. */
    void deployWithin(long budgetBytes, int contextTokens) {
        deploy(contextTokens, "\"more\":1", Long.toString(budgetBytes));
    }

    /** Forgets what nodes have reported. */
    synchronized void forget() {
        lastReport = JsonMapper.shared().createObjectNode();
    }

    /** Forgets the nodes that were there, which are gone: what they sent last may arrive after their end. */
    synchronized void forgetNode() {
        goneNodes.addAll(nodes);
        forget();
    }

    private synchronized void take(JsonNode report) {
        String began = report.path("startedAt").toString();
        nodes.add(began);
        if (!goneNodes.contains(began)) {
            lastReport = report;
        }
        reports.incrementAndGet();
    }

    /** Makes another revision of what is desired. */
    void setBudget(long budgetBytes) {
        desired = desired.replaceFirst("\"budgetBytes\":(null|-?[0-9]+)", "\"budgetBytes\":" + budgetBytes)
                .replaceFirst("\"revision\":\"r[0-9]+\"", "\"revision\":\"r" + revisions.incrementAndGet() + "\"");
    }

    /** Asks for a share of the memory, or leaves the budget to the node. */
    void setShare(@Nullable Double share) {
        desired = desired.replaceFirst(
                        "\"budgetBytes\":(null|-?[0-9]+)(,\"budgetShare\":[^,]+)?",
                        "\"budgetBytes\":null,\"budgetShare\":" + share)
                .replaceFirst("\"revision\":\"r[0-9]+\"", "\"revision\":\"r" + revisions.incrementAndGet() + "\"");
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (down) {
                refused.incrementAndGet();
                answer(exchange, 503, new byte[0]);
            } else if (garbage) {
                refused.incrementAndGet();
                answer(exchange, 200, "<html>this is not the registry</html>".getBytes(StandardCharsets.UTF_8));
            } else if (path.equals("/api/v1/join")) {
                join(exchange);
            } else if (!("Bearer " + KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                answer(exchange, 401, new byte[0]);
            } else if (path.startsWith("/api/v1/nodes/")) {
                take(json.readTree(exchange.getRequestBody().readAllBytes()));
                stallWhileAsked(exchange);
                answer(exchange, 200, desired.getBytes(StandardCharsets.UTF_8));
            } else if (path.endsWith("/signing-keys")) {
                answer(exchange, 200, signer.keys().getBytes(StandardCharsets.UTF_8));
            } else if (path.endsWith("/signatures")) {
                byte[] manifest = content(Digest.parse(path.split("/")[4]));
                TestSigner other = impostor;
                answer(
                        exchange,
                        200,
                        (other == null ? signer : other).signatures(manifest).getBytes(StandardCharsets.UTF_8));
            } else if (path.endsWith("/manifest")) {
                answer(exchange, 200, content(Digest.parse(path.split("/")[4])));
            } else if (path.endsWith("/content")) {
                content(exchange);
            } else if (path.startsWith("/api/v1/blobs/")) {
                blob(exchange, Digest.parse(path.substring("/api/v1/blobs/".length())));
            } else {
                answer(exchange, 404, new byte[0]);
            }
        }
    }

    private void stallWhileAsked(HttpExchange exchange) throws IOException {
        if (!stalled) {
            return;
        }
        unended.incrementAndGet();
        exchange.sendResponseHeaders(200, desired.length());
        exchange.getResponseBody().write('{');
        exchange.getResponseBody().flush();
        while (stalled) {
            rest(20);
        }
        throw new IOException("the answer was never ended");
    }

    private void join(HttpExchange exchange) throws IOException {
        joins.incrementAndGet();
        boolean good =
                ("Bearer " + JOIN_TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
        answer(
                exchange,
                good ? 201 : 401,
                (good ? "{\"name\":\"edge-1\",\"key\":\"%s\"}".formatted(KEY) : "{}").getBytes(StandardCharsets.UTF_8));
    }

    private void content(HttpExchange exchange) throws IOException {
        contentRequests.incrementAndGet();
        Map<String, String> query = new HashMap<>();
        for (String pair : exchange.getRequestURI().getQuery().split("&")) {
            query.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        List<Digest> all = "base".equals(query.get("part"))
                ? ResidentModels.base(manifest).stream().map(Descriptor::digest).toList()
                : manifest.blocks().stream().map(StackManifest.Block::digest).toList();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Digest digest : all.subList(place(query, "from"), place(query, "to"))) {
            byte[] one = content(digest).clone();
            if (spoilOnce.remove(digest)) {
                one[one.length / 2] ^= 1;
            }
            bytes.writeBytes(one);
        }
        int cut = cutContentAfter.getAndSet(0);
        exchange.sendResponseHeaders(200, bytes.size());
        send(exchange, bytes.toByteArray(), 0, cut > 0 ? Math.min(cut, bytes.size()) : bytes.size());
    }

    private static int place(Map<String, String> query, String name) {
        return Integer.parseInt(query.getOrDefault(name, "-1"));
    }

    private void send(HttpExchange exchange, byte[] content, int from, int length) throws IOException {
        int step = slowMillis > 0 ? 1024 : Math.max(1, length);
        for (int sent = 0; sent < length; sent += step) {
            exchange.getResponseBody().write(content, from + sent, Math.min(step, length - sent));
            exchange.getResponseBody().flush();
            rest(slowMillis);
        }
    }

    private static void rest(int millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private byte[] content(Digest digest) {
        byte[] other = instead.get(digest);
        return other != null ? other : Objects.requireNonNull(contents.get(digest), "no such blob");
    }

    private void blob(HttpExchange exchange, Digest digest) throws IOException {
        if (missing.contains(digest)) {
            answer(exchange, 503, new byte[0]);
            return;
        }
        blobRequests.incrementAndGet();
        byte[] content = content(digest).clone();
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        if (range != null) {
            ranges.put(digest, range);
            from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        }
        if (spoilOnce.remove(digest)) {
            content[content.length / 2] ^= 1;
        }
        int length = content.length - from;
        exchange.sendResponseHeaders(range == null ? 200 : 206, length);
        int sent = cutOnce.remove(digest) ? length / 2 : length;
        send(exchange, content, from, sent);
        for (int i = 0; sent < length && !arrived.test(digest, from + sent) && i < 12_000; i++) {
            rest(10);
        }
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
