package io.bitstack.inference.pull;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.inference.identity.NodeIdentities;
import io.bitstack.inference.settings.NodeSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * A pull of 20,000 small blocks over a line with 20 ms and a bandwidth is nearly as fast as one long download over the same line: it takes few
 * requests, several at once, and writes what came while the rest comes. How fast that is on this machine is measured where
 * {@code -Dbitstack.measure=true} asks for it.
 */
class PullSpeedTest {
    private static final int BLOCKS = 20_000;
    private static final int LEAST_BYTES = 1000;
    private static final int MOST_BYTES = 3000;
    private static final long LINE_BYTES_PER_SECOND = 10_000_000;
    private static final double EACH_WAY_MILLIS = 10;
    private static final double GOAL = 0.7;
    private static final int TRIES = 3;
    private static final long PATIENCE_SECONDS = 120;
    private static final int PARALLEL = 4;
    private static final Digest STACK = Digest.of(new byte[] {1});

    @TempDir
    Path directory;

    private final List<byte[]> contents = new ArrayList<>();
    private final List<Descriptor> blobs = new ArrayList<>();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;
    private DelayedLink line;
    private long bytes;
    /** The first request is not answered before there is another one. */
    private volatile CountDownLatch together = new CountDownLatch(0);
    /** Its second half is not sent before its first block is held. */
    private volatile Predicate<Descriptor> isHeld = blob -> true;

    @BeforeEach
    void start() throws IOException {
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < BLOCKS; i++) {
            byte[] content = new byte[random.nextInt(LEAST_BYTES, MOST_BYTES)];
            random.nextBytes(content);
            contents.add(content);
            blobs.add(new Descriptor(Digest.of(content), content.length));
            bytes += content.length;
        }
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
        line = new DelayedLink(server.getAddress().getPort(), EACH_WAY_MILLIS, LINE_BYTES_PER_SECOND);
    }

    @AfterEach
    void stop() throws IOException {
        line.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Matcher range = Pattern.compile("from=(\\d+)&to=(\\d+)")
                    .matcher(String.valueOf(exchange.getRequestURI().getQuery()));
            boolean part = range.find();
            int from = part ? Integer.parseInt(range.group(1)) : 0;
            int to = part ? Integer.parseInt(range.group(2)) : BLOCKS;
            long length =
                    contents.subList(from, to).stream().mapToLong(c -> c.length).sum();
            boolean first = part && requests.getAndIncrement() == 0;
            together.countDown();
            if (first) {
                assertThat(together.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                        .as("a second request while the first waits for its answer")
                        .isTrue();
            }
            exchange.sendResponseHeaders(200, length);
            try (OutputStream out = exchange.getResponseBody()) {
                for (int i = from; i < to; i++) {
                    if (first && i == (from + to) / 2) {
                        out.flush();
                        awaitHeld(blobs.get(from));
                    }
                    out.write(contents.get(i));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitHeld(Descriptor blob) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!isHeld.test(blob)) {
            assertThat(System.nanoTime() - until)
                    .as("nothing is written before the answer has ended")
                    .isNegative();
            Thread.sleep(1);
        }
    }

    private NodeSettings settings(Path cache, URI gateway) {
        return new Binder(new MapConfigurationPropertySource(Map.of(
                        "bitstack.node.name",
                        "edge",
                        "bitstack.node.gateway-url",
                        gateway.toString(),
                        "bitstack.node.api-key",
                        "bsk_of-the-test",
                        "bitstack.node.cache-directory",
                        cache.toString(),
                        "bitstack.node.parallel-downloads",
                        Integer.toString(PARALLEL))))
                .bindOrCreate("bitstack.node", NodeSettings.class);
    }

    private double lineBytesPerSecond() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            long begin = System.nanoTime();
            HttpResponse<Path> answer = client.send(
                    HttpRequest.newBuilder(URI.create(line.url() + "/all")).build(),
                    HttpResponse.BodyHandlers.ofFile(directory.resolve("all")));
            assertThat(Files.size(answer.body())).isEqualTo(bytes);
            return bytes * 1e9 / (System.nanoTime() - begin);
        }
    }

    private double pulledBytesPerSecond(Path cache) throws IOException {
        try (Puller puller = puller(cache, line.url())) {
            long begin = System.nanoTime();
            pullAll(puller);
            return bytes * 1e9 / (System.nanoTime() - begin);
        }
    }

    private Puller puller(Path cache, URI gateway) throws IOException {
        NodeSettings settings = settings(cache, gateway);
        return new Puller(new Platform(settings, NodeIdentities.of(settings)), settings);
    }

    private void pullAll(Puller puller) throws IOException {
        puller.pullBlocks(STACK, 0, blobs);
        assertThat(puller.cachedBytes()).isEqualTo(bytes);
        assertThat(puller.corruptBlobs()).isZero();
        assertThat(Files.readAllBytes(puller.file(blobs.get(777)))).isEqualTo(contents.get(777));
    }

    /** All that a line costs beside its bandwidth are round trips, and these are counted: their number does not depend on the machine. */
    @Test
    void roundTripsCostLittleAndNothingWaitsForTheDisk() throws Exception {
        together = new CountDownLatch(2);
        try (Puller puller = puller(
                directory.resolve("cache"),
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()))) {
            isHeld = blob -> Files.exists(puller.file(blob));
            pullAll(puller);
        }
        double lineSeconds = (double) bytes / LINE_BYTES_PER_SECOND;
        double roundTrips = Math.ceil((double) requests.get() / PARALLEL);
        assertThat(lineSeconds / (lineSeconds + roundTrips * 2 * EACH_WAY_MILLIS / 1000))
                .as("of the line, with %d requests", requests.get())
                .isGreaterThanOrEqualTo(GOAL);
    }

    @Test
    @EnabledIfSystemProperty(
            named = "bitstack.measure",
            matches = "true",
            disabledReason = "a measurement of this machine")
    void isNearlyAsFastAsTheLine() throws Exception {
        double best = 0;
        for (int i = 0; i < TRIES && best < GOAL; i++) {
            double line = lineBytesPerSecond();
            double pulled = pulledBytesPerSecond(directory.resolve("cache-" + i));
            best = Math.max(best, pulled / line);
            System.out.printf(
                    Locale.ROOT,
                    "%d blocks, %.1f MB, 20 ms: the line %.2f MB/s, the pull %.2f MB/s, %.0f %% of it%n",
                    BLOCKS,
                    bytes / 1e6,
                    line / 1e6,
                    pulled / 1e6,
                    100 * pulled / line);
        }
        assertThat(best).isGreaterThanOrEqualTo(GOAL);
    }
}
