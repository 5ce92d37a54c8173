package io.bitstack.standalone.cli;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.ChoiceEvaluation;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BudgetTooSmallException;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Measures a stack, or a model that is compressed into one first: the full model and some prefixes, on a text. */
@Command(
        name = "eval",
        description =
                "Measure a model and its compressed sizes on a text: bytes, bpw, perplexity, KL divergence and more.",
        mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {
    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    @Parameters(
            paramLabel = "PATH",
            description = "model directory in Hugging Face layout, GGUF file, or a stack kept by --keep")
    Path path = Path.of(".");

    @Option(names = "--text", required = true, description = "text to measure on")
    Path text = Path.of(".");

    @Option(names = "--calibration", description = "text to calibrate with; without one the model writes its own")
    @Nullable
    Path calibration;

    @Option(names = "--context", description = "tokens of a window (default: ${DEFAULT-VALUE})")
    int contextTokens = CompressionRequest.DEFAULT_CONTEXT_TOKENS;

    @Option(
            names = "--windows",
            description = "windows to measure on at most, evenly spaced over the text (default: ${DEFAULT-VALUE})")
    int windows = 16;

    @Option(
            names = "--budget",
            arity = "1..*",
            description = "bytes of base, blocks and manifest; default: a ladder of prefixes")
    List<Long> budgetsBytes = List.of();

    @Option(names = "--codec", description = "nested or iabd (default: ${DEFAULT-VALUE})")
    String codec = CompressionRequest.DEFAULT_CODEC;

    @Option(
            names = "--order",
            description =
                    "of a model directory: " + OrderMode.NAMES + " (default: perplexity for the codec iabd, else kl)")
    @Nullable
    String order;

    @Option(
            names = "--tasks",
            description = "multiple-choice tasks to score too: a JSONL file of {\"context\", \"choices\", \"answer\"}")
    @Nullable
    Path tasks;

    @Option(names = "--param", description = "codec parameter, name=value; may be repeated")
    Map<String, String> parameters = Map.of();

    @Option(
            names = "--reference",
            description = "of a stack: the model directory or GGUF file to compare with; default: all its blocks")
    @Nullable
    Path reference;

    @Option(
            names = "--keep",
            description = "of a model directory: keep the stack in this directory, to be measured again")
    @Nullable
    Path keep;

    @Option(names = "--json", description = "print a JSON array")
    boolean json;

    @Spec
    @Nullable
    CommandSpec spec;

    private @Nullable ProgressLine progress;

    @Override
    public Integer call() throws IOException {
        if (windows < 1 || windows > 1_000_000) {
            throw new IllegalArgumentException("--windows must be 1 to 1000000, not " + windows);
        }
        OrderMode orderMode = order == null ? OrderMode.defaultFor(codec) : OrderMode.named(order);
        // Before anything is compressed for an hour.
        List<ChoiceTask> choiceTasks = tasks == null ? List.of() : ChoiceTask.parse(readText(tasks));
        if (EvalSubject.isStack(path)) {
            if (reference == null) {
                measure(EvalSubject.of(path), choiceTasks);
            } else {
                try (Checkpoint checkpoint = ModelSource.at(reference).open()) {
                    measure(EvalSubject.of(path, reference, checkpoint), choiceTasks);
                }
            }
            return 0;
        }
        ModelConfig.read(path); // says what is wrong with the directory before anything is made
        Path directory = keep == null ? Files.createTempDirectory("bitstack-eval") : keep;
        try (Checkpoint checkpoint = ModelSource.at(path).open()) {
            EvalSubject.writeManifest(directory, compress(EvalSubject.blobs(directory), orderMode));
            measure(EvalSubject.of(directory, path, checkpoint), choiceTasks);
        } finally {
            if (keep == null) {
                Directories.delete(directory);
            }
        }
        return 0;
    }

    private StackManifest compress(FileBlobStore store, OrderMode orderMode) throws IOException {
        // One window for the manifest's curve: what is measured here is printed, and more of it.
        Map<String, String> all = new TreeMap<>(Map.of("evaluationWindows", "1"));
        all.putAll(parameters);
        return new StackCompressor(new Nd4jLinearAlgebra(), THREADS)
                .compress(
                        new CompressionRequest(
                                path,
                                codec,
                                all,
                                calibration == null ? null : readText(calibration),
                                readText(text),
                                contextTokens,
                                orderMode),
                        store,
                        progress(),
                        () -> false);
    }

    private ProgressLine progress() {
        if (progress == null) {
            progress =
                    new ProgressLine(Objects.requireNonNull(spec).commandLine().getErr());
        }
        return progress;
    }

    private void measure(EvalSubject subject, List<ChoiceTask> choiceTasks) throws IOException {
        StackManifest manifest = subject.manifest();
        StackPlanner planner = new StackPlanner(manifest);
        // A prefix is of no use without the manifest, so its bytes count.
        long manifestBytes = ManifestJson.write(manifest).length;
        List<Integer> prefixes = prefixes(planner, manifest, manifestBytes);
        EvaluationText windowsOfText = EvaluationText.spread(
                subject.tokenizer().encode(readText(text), false),
                contextTokens,
                windows,
                subject.tokenizer()::sizeBytes);
        List<EvalRow> rows = new ArrayList<>();
        long weights = manifest.model().weights();
        try (FixedRowPool pool = new FixedRowPool(THREADS)) {
            Evaluation evaluation = new Evaluation(subject.full().config(), windowsOfText, pool);
            @Nullable
            ChoiceEvaluation choices = choiceTasks.isEmpty()
                    ? null
                    : new ChoiceEvaluation(subject.full().config(), subject.tokenizer(), choiceTasks, pool);
            Evaluation.Full full = evaluation.full(subject.full());
            rows.add(EvalRow.of(
                    "full",
                    subject.fullBytes(),
                    weights,
                    full.score(),
                    choices == null ? null : choices.score(subject.full())));
            for (int blocks : prefixes) {
                ModelWeights prefix = subject.stack().forManyTokens(blocks);
                Evaluation.Score score = evaluation.score(prefix, full.logits());
                rows.add(EvalRow.of(
                        Integer.toString(blocks),
                        planner.storedBytes(blocks) + manifestBytes,
                        weights,
                        score,
                        choices == null ? null : choices.score(prefix)));
                progress().matrices(rows.size() - 1, prefixes.size(), blocks + " blocks", score.klDivergence());
            }
        }
        progress().end();
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (json) {
            out.println(JsonMapper.shared().writeValueAsString(rows));
        } else {
            EvalRow.print(rows, out);
        }
    }

    private List<Integer> prefixes(StackPlanner planner, StackManifest manifest, long manifestBytes) {
        if (budgetsBytes.isEmpty()) {
            return StackCompressor.ladder(planner, manifest);
        }
        List<Integer> prefixes = new ArrayList<>();
        for (long budget : budgetsBytes) {
            int blocks = planner.prefixWithin(budget - manifestBytes);
            if (blocks < manifest.minimalBlocks()) {
                throw new BudgetTooSmallException(
                        budget, planner.storedBytes(manifest.minimalBlocks()) + manifestBytes);
            }
            prefixes.add(blocks);
        }
        return prefixes;
    }

    private static String readText(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("there is no text file " + file);
        }
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
