package io.bitstack.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What the gateway adds to a streamed chat: the same stand-in for a node is asked directly and through the gateway, by turns at random, on the loopback interface. Requests come at times
 * drawn beforehand, whether or not earlier ones are answered (open loop), so that waiting counts. Prints for both ways, and as their difference, the time to the first event, from when the
 * request was due, and the age of each event when it arrives. Arguments: requests a second (20), seconds (60).
 */
public final class GatewayBenchmark {
    /** Long and dense enough that what is measured is compiled. */
    private static final int WARM_UP_SECONDS = 30;

    private static final double WARM_UP_PER_SECOND = 150;
    private static final double GOAL_MEDIAN_MILLIS = 1;
    private static final double GOAL_P99_MILLIS = 5;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final AtomicInteger failed = new AtomicInteger();

    private GatewayBenchmark() {}

    /** What was measured on one way, in nanoseconds. */
    private static final class Way {
        private final URI url;
        private final Queue<Long> firstEvents = new ConcurrentLinkedQueue<>();
        private final Queue<Long> events = new ConcurrentLinkedQueue<>();

        Way(URI url) {
            this.url = url;
        }
    }

    public static void main(String[] args) throws Exception {
        // Without it the stand-in would hold back small writes, and be what is measured.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        double perSecond = args.length > 0 ? Double.parseDouble(args[0]) : 20;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        try (StandInPlatform platform = new StandInPlatform()) {
            GatewayBenchmark benchmark = new GatewayBenchmark();
            Way direct = new Way(platform.nodeUrl());
            Way through = new Way(platform.gatewayUrl());
            benchmark.run(List.of(direct, through), WARM_UP_PER_SECOND, WARM_UP_SECONDS);
            benchmark.failed.set(0);
            Way measuredDirect = new Way(direct.url);
            Way measuredThrough = new Way(through.url);
            benchmark.run(List.of(measuredDirect, measuredThrough), perSecond, seconds);
            benchmark.print(measuredDirect, measuredThrough);
        }
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
        HttpRequest request = HttpRequest.newBuilder(way.url.resolve("/v1/chat/completions"))
                .header("Authorization", "Bearer " + StandInPlatform.KEY)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(StandInPlatform.QUESTION))
                .build();
        for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        try {
            HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                read(lines, way, dueNanos);
            }
        } catch (IOException e) {
            failed.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void read(BufferedReader lines, Way way, long dueNanos) throws IOException {
        int count = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            long now = System.nanoTime();
            if (line.startsWith(StandInPlatform.EVENT)) {
                long sentNanos = Long.parseLong(line.substring(StandInPlatform.EVENT.length(), line.length() - 1));
                if (count == 0) {
                    way.firstEvents.add(now - dueNanos);
                }
                way.events.add(now - sentNanos);
                count++;
            }
        }
        if (count != StandInPlatform.EVENTS) {
            throw new IOException("%d of %d events came".formatted(count, StandInPlatform.EVENTS));
        }
    }

    private void print(Way direct, Way through) {
        System.out.printf(
                Locale.ROOT,
                "%d and %d streams of %d events, %d failed%n%n%-24s %9s %9s %9s%n",
                direct.firstEvents.size(),
                through.firstEvents.size(),
                StandInPlatform.EVENTS,
                failed.get(),
                "milliseconds",
                "median",
                "p99",
                "most");
        boolean first = rows("time to first event", direct.firstEvents, through.firstEvents);
        boolean each = rows("age of an event", direct.events, through.events);
        System.out.printf(
                Locale.ROOT,
                "%naims, for what is added: median %.0f ms, p99 %.0f ms: %s%n",
                GOAL_MEDIAN_MILLIS,
                GOAL_P99_MILLIS,
                first && each && failed.get() == 0 ? "met" : "missed");
    }

    private static boolean rows(String what, Queue<Long> direct, Queue<Long> through) {
        double[] without = millis(direct);
        double[] with = millis(through);
        row(what + ", direct", at(without, .5), at(without, .99), at(without, 1));
        row("  through the gateway", at(with, .5), at(with, .99), at(with, 1));
        double median = at(with, .5) - at(without, .5);
        double p99 = at(with, .99) - at(without, .99);
        row("  added", median, p99, at(with, 1) - at(without, 1));
        return median <= GOAL_MEDIAN_MILLIS && p99 <= GOAL_P99_MILLIS;
    }

    private static void row(String what, double median, double p99, double most) {
        System.out.printf(Locale.ROOT, "%-29s %9.2f %9.2f %9.2f%n", what, median, p99, most);
    }

    private static double[] millis(Queue<Long> nanos) {
        return nanos.stream().mapToDouble(n -> n / 1e6).sorted().toArray();
    }

    private static double at(double[] sorted, double quantile) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted[Math.min(sorted.length - 1, (int) Math.floor(quantile * sorted.length))];
    }
}
