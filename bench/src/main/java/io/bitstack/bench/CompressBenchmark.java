package io.bitstack.bench;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.encode.Step;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints how long each step of a compression takes, weights encoded a second, and the largest heap. Arguments: model directory (demo/model), calibration text
 * (demo/text/calibration.txt), evaluation text (demo/text/heldout.txt), threads (all), then any of {@code plain} (linear algebra
 * without ND4J), {@code order=NAME} and codec parameters, {@code name=value}.
 */
public final class CompressBenchmark {
    private static final int FIRST_OPTION = 4;

    private CompressBenchmark() {}

    public static void main(String[] args) throws IOException {
        Path model = Path.of(args.length > 0 ? args[0] : "demo/model");
        Path calibration = Path.of(args.length > 1 ? args[1] : "demo/text/calibration.txt");
        Path evaluation = Path.of(args.length > 2 ? args[2] : "demo/text/heldout.txt");
        int threads = args.length > 3
                ? Integer.parseInt(args[3])
                : Runtime.getRuntime().availableProcessors();
        LinearAlgebra algebra = null;
        OrderMode order = OrderMode.KL;
        Map<String, String> parameters = new TreeMap<>();
        for (int i = FIRST_OPTION; i < args.length; i++) {
            if (args[i].equals("plain")) {
                algebra = new PlainLinearAlgebra();
                continue;
            }
            Option option = Option.of(args[i]);
            if (option.name().equals("order")) {
                order = OrderMode.named(option.value());
            } else {
                parameters.put(option.name(), option.value());
            }
        }
        if (algebra == null) {
            algebra = new Nd4jLinearAlgebra();
        }
        Stages stages = new Stages();
        StackManifest manifest;
        try (TemporaryStore temporary = TemporaryStore.create()) {
            manifest = new StackCompressor(algebra, threads)
                    .compress(
                            new CompressionRequest(
                                    model,
                                    CompressionRequest.DEFAULT_CODEC,
                                    parameters,
                                    Files.readString(calibration, StandardCharsets.UTF_8),
                                    Files.readString(evaluation, StandardCharsets.UTF_8),
                                    CompressionRequest.DEFAULT_CONTEXT_TOKENS,
                                    order),
                            temporary.store(),
                            stages,
                            () -> false);
        }
        stages.end();
        System.out.printf(
                "%-10s %7.2f s with %d threads, %s%n",
                "total", stages.totalSeconds(), threads, algebra.getClass().getSimpleName());
        System.out.printf(
                "encoded %.2f M weights a second; heap at most %d MB%n",
                manifest.model().weights() / 1e6 / stages.encodeSeconds, stages.largestHeapBytes / 1_000_000);
        System.out.println("stack " + ManifestJson.digest(manifest));
        for (StackManifest.CurvePoint point : manifest.curve()) {
            System.out.printf("%10d bytes  KL %.5f%n", point.sizeBytes(), point.klDivergence());
        }
    }

    /** Prints a step's seconds when the next begins. */
    private static final class Stages implements Progress {
        private final long started = System.nanoTime();
        private long stepStarted = started;
        private String current = Step.VALIDATE.name();
        private double encodeSeconds;
        private long largestHeapBytes;

        @Override
        public void step(Step step) {
            end();
            current = step.name();
        }

        void end() {
            long now = System.nanoTime();
            if (current.equals(Step.ENCODE.name())) {
                encodeSeconds = (now - stepStarted) / 1e9;
            }
            System.out.printf("%-10s %7.2f s%n", current.toLowerCase(Locale.ROOT), (now - stepStarted) / 1e9);
            stepStarted = now;
        }

        double totalSeconds() {
            return (stepStarted - started) / 1e9;
        }

        @Override
        public void matrices(int done, int total, String matrix, double error) {
            Runtime runtime = Runtime.getRuntime();
            largestHeapBytes = Math.max(largestHeapBytes, runtime.totalMemory() - runtime.freeMemory());
        }

        @Override
        public void bytes(long written) {}
    }
}
