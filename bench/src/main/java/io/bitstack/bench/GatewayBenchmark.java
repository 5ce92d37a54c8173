package io.bitstack.bench;

import io.bitstack.bench.Passage.Point;
import io.bitstack.service.RequestIds;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What the gateway adds to a streamed chat: the same stand-in for a node, which computes nothing, is asked directly, through a proxy that does nothing else, and through the gateway, by turns at
 * random, on the loopback interface. Requests come at times drawn beforehand, whether or not earlier ones are answered (open loop), so that waiting counts. Prints for each way, and as
 * its difference to the direct one, the time to the first event, from when the request was due, and the age of each event when it arrives; and where a first event's time goes.
 * Before, streams are asked for one after the other, until what is measured is compiled. Arguments: requests a second (20), seconds (60), streams of the warm-up on each way (10,000).
 */
public final class GatewayBenchmark {
    private static final int WARM_UP_CLIENTS = 4;
    /** The load that is measured is not the one of the warm-up; compiled code has to settle on it. */
    private static final int SETTLE_SECONDS = 10;

    private static final double GOAL_MEDIAN_MILLIS = 1;
    private static final double GOAL_P99_MILLIS = 5;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final AtomicInteger failed = new AtomicInteger();

    private GatewayBenchmark() {}

    public static void main(String[] args) throws Exception {
        // Without it the stand-in and the plain proxy would hold back small writes, and be what is measured.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // Both keep as many connections as are needed.
        System.setProperty("http.maxConnections", "100");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
        double perSecond = args.length > 0 ? Double.parseDouble(args[0]) : 20;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        int warmUps = args.length > 2 ? Integer.parseInt(args[2]) : 10_000;
        try (StandInPlatform platform = new StandInPlatform()) {
            GatewayBenchmark benchmark = new GatewayBenchmark();
            Ways ways = Ways.of(platform);
            platform.hurry(true);
            benchmark.warmUp(ways.all(), warmUps);
            platform.hurry(false);
            benchmark.run(ways.all(), perSecond, SETTLE_SECONDS);
            benchmark.failed.set(0);
            Ways measured = Ways.of(platform);
            benchmark.run(measured.all(), perSecond, seconds);
            benchmark.print(measured);
        }
    }

    private record Ways(Way direct, Way plain, Way gateway) {
        static Ways of(StandInPlatform platform) {
            return new Ways(new Way(platform.nodeUrl()), new Way(platform.proxyUrl()), new Way(platform.gatewayUrl()));
        }

        List<Way> all() {
            return List.of(direct, plain, gateway);
        }
    }

    private void warmUp(List<Way> ways, int streams) throws InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < WARM_UP_CLIENTS; client++) {
                threads.execute(() -> {
                    for (int stream = 0; stream < streams / WARM_UP_CLIENTS; stream++) {
                        ways.forEach(way -> ask(way, System.nanoTime()));
                    }
                });
            }
        }
        System.out.printf(Locale.ROOT, "warmed up by %d streams on each way, %d failed%n", streams, failed.get());
    }

    private void run(List<Way> ways, double perSecond, int seconds) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(8);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long beginNanos = System.nanoTime();
            double dueSeconds = 0;
            while (dueSeconds < seconds) {
                long dueNanos = beginNanos + (long) (dueSeconds * 1e9);
                Way way = ways.get(random.nextInt(ways.size()));
                threads.execute(() -> ask(way, dueNanos));
                dueSeconds -= Math.log(1 - random.nextDouble()) / perSecond;
            }
            threads.shutdown();
            if (!threads.awaitTermination(seconds + 60L, TimeUnit.SECONDS)) {
                throw new IllegalStateException("requests are still running a minute after the last one was sent");
            }
        }
    }

    private void ask(Way way, long dueNanos) {
        Passage passage = Passage.begin(dueNanos);
        HttpRequest request = HttpRequest.newBuilder(way.url().resolve("/v1/chat/completions"))
                .header("Authorization", "Bearer " + StandInPlatform.KEY)
                .header("Content-Type", "application/json")
                .header(RequestIds.HEADER, passage.id())
                .POST(HttpRequest.BodyPublishers.ofString(StandInPlatform.QUESTION))
                .build();
        for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        try {
            HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                read(lines, way, passage);
            }
        } catch (IOException e) {
            failed.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            passage.over();
        }
    }

    private static void read(BufferedReader lines, Way way, Passage passage) throws IOException {
        int count = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            long now = System.nanoTime();
            if (line.startsWith(StandInPlatform.EVENT)) {
                long sentNanos = Long.parseLong(line.substring(StandInPlatform.EVENT.length(), line.length() - 1));
                if (count == 0) {
                    passage.at(Point.SENT, sentNanos);
                    passage.at(Point.ARRIVED, now);
                    way.began(passage);
                }
                way.event(now - sentNanos);
                count++;
            }
        }
        if (count != StandInPlatform.EVENTS) {
            throw new IOException("%d of %d events came".formatted(count, StandInPlatform.EVENTS));
        }
    }

    private void print(Ways ways) {
        System.out.printf(
                Locale.ROOT,
                "%d, %d and %d streams of %d events, %d failed%n%n%-42s %9s %9s %9s%n",
                ways.direct.streams(),
                ways.plain.streams(),
                ways.gateway.streams(),
                StandInPlatform.EVENTS,
                failed.get(),
                "milliseconds",
                "median",
                "p99",
                "most");
        Way.Row first = row("time to the first event, direct", ways.direct.firstEvents());
        row(
                "  added by a proxy that does nothing else",
                ways.plain.firstEvents().minus(first));
        row("  through the gateway", ways.gateway.firstEvents());
        Way.Row addedFirst =
                row("  added by the gateway", ways.gateway.firstEvents().minus(first));
        Way.Row each = row("age of an event, direct", ways.direct.events());
        row("  added by a proxy that does nothing else", ways.plain.events().minus(each));
        row("  through the gateway", ways.gateway.events());
        Way.Row addedEach = row("  added by the gateway", ways.gateway.events().minus(each));
        System.out.printf("%nwhere the time to the first event goes%n");
        row("direct: to the node", ways.direct.between(Point.DUE, Point.NODE));
        row("        within the node", ways.direct.between(Point.NODE, Point.SENT));
        row("        to the client", ways.direct.between(Point.SENT, Point.ARRIVED));
        row("gateway: to its first filter", ways.gateway.between(Point.DUE, Point.FILTERS));
        row("        filters: key, limits, observation", ways.gateway.between(Point.FILTERS, Point.ROUTE));
        row("        body, choice, request to the node", ways.gateway.between(Point.ROUTE, Point.NODE));
        row("        within the node", ways.gateway.between(Point.NODE, Point.SENT));
        row("        through the gateway to the client", ways.gateway.between(Point.SENT, Point.ARRIVED));
        boolean isMet = isMet(addedFirst) && isMet(addedEach) && failed.get() == 0;
        System.out.printf(
                Locale.ROOT,
                "%naims, for what is added: median %.0f ms, p99 %.0f ms: %s%n",
                GOAL_MEDIAN_MILLIS,
                GOAL_P99_MILLIS,
                isMet ? "met" : "missed");
    }

    private static boolean isMet(Way.Row added) {
        return added.median() <= GOAL_MEDIAN_MILLIS && added.p99() <= GOAL_P99_MILLIS;
    }

    private static Way.Row row(String what, Way.Row row) {
        System.out.printf(Locale.ROOT, "%-42s %9.2f %9.2f %9.2f%n", what, row.median(), row.p99(), row.most());
        return row;
    }
}
