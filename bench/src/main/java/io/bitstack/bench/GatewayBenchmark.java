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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What the gateway adds to a streamed chat: the same stand-in for a node, which computes nothing, is asked directly, through a proxy that does nothing else, and through the gateway, by turns at
 * random, on the loopback interface. Proxy and gateway are processes of their own. Requests come at times drawn beforehand, whether or not earlier ones are answered (open loop), so that
 * waiting counts. Prints for each way, and as its difference to the direct one, the time to the first event, from when the request was due, and the age of each event when it arrives; and where
 * a first event's time goes. Before, streams are asked for one after the other, at first without pauses between their events, until what is measured is compiled. Arguments: requests a second over all ways (20), or several
 * such rates with commas between, which are measured one after the other; seconds for each (60), streams of the warm-up on each way (10,000), and further gateways to compare with, each as {@code NAME=JAR[,FLAG OF ITS JVM...]} with an executable jar of the gateway.
 */
public final class GatewayBenchmark {
    private static final int HURRIED_CLIENTS = 4;
    private static final int WAITING_CLIENTS = 16;
    /** The load that is measured is not the one of the warm-up; compiled code has to settle on it. */
    private static final int SETTLE_SECONDS = 10;

    private static final double GOAL_MEDIAN_MILLIS = 1;
    private static final double GOAL_P99_MILLIS = 5;
    private static final String GATEWAY = "the gateway";

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final AtomicInteger failed = new AtomicInteger();

    private GatewayBenchmark() {}

    public static void main(String[] args) throws Exception {
        double[] rates = Stream.of((args.length > 0 ? args[0] : "20").split(","))
                .mapToDouble(Double::parseDouble)
                .toArray();
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        int warmUps = args.length > 2 ? Integer.parseInt(args[2]) : 10_000;
        Map<String, StandInPlatform.Variant> gateways = new LinkedHashMap<>();
        gateways.put(GATEWAY, new StandInPlatform.Variant(BenchProcess.gatewayJar(), BenchProcess.gatewayFlags()));
        for (String other : List.of(args).subList(Math.min(3, args.length), args.length)) {
            Option named = Option.of(other);
            List<String> parts = List.of(named.value().split(","));
            List<String> flags = new ArrayList<>(BenchProcess.commonFlags());
            flags.addAll(parts.subList(1, parts.size()));
            gateways.put(named.name(), new StandInPlatform.Variant(Path.of(parts.getFirst()), flags));
        }
        try (StandInPlatform platform = new StandInPlatform(gateways)) {
            GatewayBenchmark benchmark = new GatewayBenchmark();
            Ways ways = Ways.of(platform);
            platform.hurry(true);
            benchmark.warmUp(ways.all(), warmUps, HURRIED_CLIENTS);
            platform.hurry(false);
            // What waits for each event is compiled only when there have been as many of them.
            benchmark.warmUp(ways.all(), warmUps / 10, WAITING_CLIENTS);
            for (double perSecond : rates) {
                benchmark.run(ways.all(), perSecond, SETTLE_SECONDS);
                benchmark.failed.set(0);
                Ways measured = Ways.of(platform);
                benchmark.run(measured.all(), perSecond, seconds);
                System.out.printf(Locale.ROOT, "%n%.0f requests a second: ", perSecond);
                benchmark.print(measured);
            }
        }
    }

    private record Ways(Way direct, Way plain, Map<String, Way> gateways) {
        static Ways of(StandInPlatform platform) {
            Map<String, Way> gateways = new LinkedHashMap<>();
            platform.gatewayUrls().forEach((name, url) -> gateways.put(name, new Way(url)));
            return new Ways(new Way(platform.nodeUrl()), new Way(platform.proxyUrl()), gateways);
        }

        List<Way> all() {
            return Stream.concat(Stream.of(direct, plain), gateways.values().stream())
                    .toList();
        }
    }

    private void warmUp(List<Way> ways, int streams, int clients) throws InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < clients; client++) {
                threads.execute(() -> {
                    for (int stream = 0; stream < streams / clients; stream++) {
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
            answer.headers()
                    .firstValueAsLong(MarkedGateway.FILTERS_HEADER)
                    .ifPresent(nanos -> passage.at(Point.FILTERS, nanos));
            answer.headers()
                    .firstValueAsLong(MarkedGateway.ROUTE_HEADER)
                    .ifPresent(nanos -> passage.at(Point.ROUTE, nanos));
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
                "%s streams of %d events on each way, %d failed%n%n%-50s %9s %9s %9s%n",
                ways.all().stream().map(Way::streams).toList(),
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
        ways.gateways.forEach((name, gateway) ->
                row("  added by " + name, gateway.firstEvents().minus(first)));
        Way.Row each = row("age of an event, direct", ways.direct.events());
        row("  added by a proxy that does nothing else", ways.plain.events().minus(each));
        ways.gateways.forEach(
                (name, gateway) -> row("  added by " + name, gateway.events().minus(each)));
        System.out.printf("%nwhere the time to the first event goes%n");
        row("direct: to the node", ways.direct.between(Point.DUE, Point.NODE));
        row("  within the node", ways.direct.between(Point.NODE, Point.SENT));
        row("  to the client", ways.direct.between(Point.SENT, Point.ARRIVED));
        row("a proxy that does nothing else: to the node", ways.plain.between(Point.DUE, Point.NODE));
        row("  within the node", ways.plain.between(Point.NODE, Point.SENT));
        row("  through the proxy to the client", ways.plain.between(Point.SENT, Point.ARRIVED));
        ways.gateways.forEach((name, gateway) -> {
            row(name + ": to its first filter", gateway.between(Point.DUE, Point.FILTERS));
            row("  filters: key, limits, observation", gateway.between(Point.FILTERS, Point.ROUTE));
            row("  body, choice, request to the node", gateway.between(Point.ROUTE, Point.NODE));
            row("  within the node", gateway.between(Point.NODE, Point.SENT));
            row("  through the gateway to the client", gateway.between(Point.SENT, Point.ARRIVED));
        });
        Way gateway = Objects.requireNonNull(ways.gateways.get(GATEWAY));
        boolean isMet = isMet(gateway.firstEvents().minus(first))
                && isMet(gateway.events().minus(each))
                && failed.get() == 0;
        System.out.printf(
                Locale.ROOT,
                "%naims, for what the gateway adds: median %.0f ms, p99 %.0f ms: %s%n",
                GOAL_MEDIAN_MILLIS,
                GOAL_P99_MILLIS,
                isMet ? "met" : "missed");
    }

    private static boolean isMet(Way.Row added) {
        return added.median() <= GOAL_MEDIAN_MILLIS && added.p99() <= GOAL_P99_MILLIS;
    }

    private static Way.Row row(String what, Way.Row row) {
        System.out.printf(Locale.ROOT, "%-50s %9.2f %9.2f %9.2f%n", what, row.median(), row.p99(), row.most());
        return row;
    }
}
