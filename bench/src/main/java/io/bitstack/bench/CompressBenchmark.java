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

/**
 * Prints how long each step of a compression takes, and the whole, on the demo model. Arguments: model directory (demo/model),
 * calibration text (demo/text/calibration.txt), evaluation text (demo/text/heldout.txt), threads (all), {@code nd4j} or
 * {@code plain} linear algebra (nd4j).
 */
public final class CompressBenchmark {
    private CompressBenchmark() {}

    public static void main(String[] args) throws IOException {
        Path model = Path.of(args.length > 0 ? args[0] : "demo/model");
        Path calibration = Path.of(args.length > 1 ? args[1] : "demo/text/calibration.txt");
        Path evaluation = Path.of(args.length > 2 ? args[2] : "demo/text/heldout.txt");
        int threads = args.length > 3
                ? Integer.parseInt(args[3])
                : Runtime.getRuntime().availableProcessors();
        LinearAlgebra algebra =
                args.length > 4 && args[4].equals("plain") ? new PlainLinearAlgebra() : new Nd4jLinearAlgebra();
        Stages stages = new Stages();
        StackManifest manifest;
        try (TemporaryStore temporary = TemporaryStore.create()) {
            manifest = new StackCompressor(algebra, threads)
                    .compress(
                            new CompressionRequest(
                                    model,
                                    CompressionRequest.DEFAULT_CODEC,
                                    Map.of(),
                                    Files.readString(calibration, StandardCharsets.UTF_8),
                                    Files.readString(evaluation, StandardCharsets.UTF_8),
                                    CompressionRequest.DEFAULT_CONTEXT_TOKENS,
                                    OrderMode.KL),
                            temporary.store(),
                            stages,
                            () -> false);
        }
        stages.end();
        System.out.printf(
                "%-10s %7.2f s with %d threads, %s%n",
                "total", stages.totalSeconds(), threads, algebra.getClass().getSimpleName());
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

        @Override
        public void step(Step step) {
            end();
            current = step.name();
        }

        void end() {
            long now = System.nanoTime();
            System.out.printf("%-10s %7.2f s%n", current.toLowerCase(Locale.ROOT), (now - stepStarted) / 1e9);
            stepStarted = now;
        }

        double totalSeconds() {
            return (stepStarted - started) / 1e9;
        }

        @Override
        public void matrices(int done, int total, String matrix, double error) {}

        @Override
        public void bytes(long written) {}
    }
}
