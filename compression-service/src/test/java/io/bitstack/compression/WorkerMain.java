package io.bitstack.compression;

import io.bitstack.compression.encode.ChoiceResult;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.encode.TaskBoard;
import io.bitstack.compression.encode.TaskKind;
import io.bitstack.compression.reuse.PartRepository;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.support.GenericApplicationContext;

/** The service in a JVM of its own that a test kills; as in production, but with the linear algebra that starts at once. */
final class WorkerMain {
    private WorkerMain() {}

    public static void main(String[] arguments) {
        new SpringApplicationBuilder(CompressionApplication.class)
                .properties("spring.config.name=" + CompressionApplication.CONFIG_NAME)
                .initializers(application -> {
                    GenericApplicationContext context = (GenericApplicationContext) application;
                    context.registerBean(
                            Compressor.class,
                            () -> new PatientCompressor(new StackCompressor(
                                    new PlainLinearAlgebra(),
                                    1,
                                    context.getBean(PartRepository.class),
                                    Integer.getInteger("bitstack.test.shared-threads", 1))));
                })
                .run(arguments);
    }

    /**
     * Lets a helper encode the first matrix, and holds a worker back, where that is asked for: a tiny model is done before another process
     * has seen it, and by one alone where the other one is slow.
     */
    private record PatientCompressor(Compressor compressor) implements Compressor {
        private static final boolean WAITS = Boolean.getBoolean("bitstack.test.wait-for-helper");
        /** So many tasks of the kind {@link #HELD} are claimed at most before the file {@link #GATE} is there; a name of none is for ever. */
        private static final AtomicInteger CLAIMS =
                new AtomicInteger(Integer.getInteger("bitstack.test.claims", Integer.MAX_VALUE));

        private static final TaskKind HELD = TaskKind.valueOf(System.getProperty("bitstack.test.held", "ENCODE"));
        /** With the last of these claims the process stops where it is. */
        private static final boolean STANDS_STILL = Boolean.getBoolean("bitstack.test.stands-still");

        private static final Path GATE = Path.of(System.getProperty("bitstack.test.gate", "no-such-gate"));

        private static TaskBoard held(TaskBoard board) {
            return new HeldBoard(board, HELD, CLAIMS, GATE);
        }

        @Override
        public void check(CompressionRequest request) throws IOException {
            compressor.check(request);
        }

        @Override
        public StackManifest compress(
                CompressionRequest request,
                BlobStore store,
                TaskBoard board,
                Progress progress,
                BooleanSupplier cancelled)
                throws IOException {
            TaskBoard held = held(board);
            return compressor.compress(request, store, WAITS ? new PatientBoard(held) : held, progress, cancelled);
        }

        @Override
        public List<ChoiceResult> choices(
                CompressionRequest request,
                BlobStore store,
                StackManifest manifest,
                List<ChoiceTask> tasks,
                BooleanSupplier cancelled)
                throws IOException {
            return compressor.choices(request, store, manifest, tasks, cancelled);
        }

        @Override
        public void help(CompressionRequest request, BlobStore store, TaskBoard board, BooleanSupplier stopped)
                throws IOException {
            compressor.help(request, store, held(board), stopped);
        }
    }

    /** A board that does what another does, but for what is said otherwise. */
    private interface ForwardingBoard extends TaskBoard {
        TaskBoard board();

        @Override
        default void post(TaskKind kind, String basis, List<Task> tasks) {
            board().post(kind, basis, tasks);
        }

        @Override
        default void finish(Claim claim, String result) {
            board().finish(claim, result);
        }

        @Override
        default void giveUp(Claim claim) {
            board().giveUp(claim);
        }

        @Override
        default Map<Integer, String> results(TaskKind kind, Set<Integer> known) {
            return board().results(kind, known);
        }

        @Override
        default void discard(TaskKind kind, int number) {
            board().discard(kind, number);
        }

        @Override
        default boolean isHelped() {
            return board().isHelped();
        }
    }

    private record HeldBoard(TaskBoard board, TaskKind held, AtomicInteger claims, Path gate)
            implements ForwardingBoard {
        @Override
        public Optional<Claim> claim(List<TaskKind> kinds, Set<String> places, long mostWeights) {
            boolean open = claims.get() > 0 || Files.exists(gate);
            List<TaskKind> claimed =
                    kinds.stream().filter(kind -> open || kind != held).toList();
            Optional<Claim> claim = board.claim(claimed, places, mostWeights);
            if (claim.isPresent()
                    && claim.get().task().kind() == held
                    && claims.decrementAndGet() == 0
                    && PatientCompressor.STANDS_STILL) {
                standStill();
            }
            return claim;
        }
    }

    /** As one whose machine hangs, until somebody lets it go on. */
    private static void standStill() {
        try {
            new ProcessBuilder(
                            "sh", "-c", "kill -STOP " + ProcessHandle.current().pid())
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record PatientBoard(TaskBoard board) implements ForwardingBoard {
        @Override
        public void post(TaskKind kind, String basis, List<Task> tasks) {
            try {
                while (kind == TaskKind.ENCODE && tasks.isEmpty() && !board.isHelped()) {
                    Thread.sleep(20);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            board.post(kind, basis, tasks);
        }

        @Override
        public Optional<Claim> claim(List<TaskKind> kinds, Set<String> places, long mostWeights) {
            boolean early = !Files.exists(PatientCompressor.GATE)
                    && board.results(TaskKind.ENCODE, Set.of()).isEmpty();
            return board.claim(
                    kinds.stream()
                            .filter(kind -> !early || kind != TaskKind.ENCODE)
                            .toList(),
                    places,
                    mostWeights);
        }

        @Override
        public boolean isHelped() {
            return true;
        }
    }
}
