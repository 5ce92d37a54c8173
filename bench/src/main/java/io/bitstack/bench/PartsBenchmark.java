package io.bitstack.bench;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each part of the codec {@code nested} is worth: one table, a line for the whole codec and each part switched off, at 2, 3 and
 * 4 planes of every matrix alike, in bytes of the whole model. Arguments: model directory, calibration text, evaluation text, then windows of
 * the evaluation text (6), tokens of a window (512), windows of calibration (32), and the first words of the lines wanted, as in
 * {@code "start 1,without descent"} (all).
 */
public final class PartsBenchmark {
    private static final int MOST_PLANES = 4;
    private static final int LEAST_PLANES = 2;
    private static final int THREADS = Runtime.getRuntime().availableProcessors();
    /** All planes of every matrix coded with all parts, from two planes on. */
    private static final Map<String, String> WHOLE = Map.of(
            "start", "2",
            "embeddingStart", "2",
            "levels", Integer.toString(MOST_PLANES),
            "embeddingPartRows", "0",
            "evaluationWindows", "1");

    private PartsBenchmark() {}

    private static Map<String, Map<String, String>> variants() {
        Map<String, Map<String, String>> variants = new LinkedHashMap<>();
        variants.put("all parts", Map.of());
        variants.put("without the side branch", Map.of("sideRank", "0"));
        variants.put("without the balance", Map.of("balance", "false"));
        variants.put("without the rotation", Map.of("rotation", "false"));
        variants.put("without magnitudes", Map.of("magnitudes", "false"));
        variants.put("without history", Map.of("history", "false"));
        variants.put("start 1", Map.of("start", "1", "embeddingStart", "1"));
        variants.put("start 3", Map.of("start", "3", "embeddingStart", "3"));
        variants.put("without descent", Map.of("descentPasses", "0"));
        variants.put(
                "without feedback",
                Map.of("feedbackLevels", "0", "embeddingFeedbackLevels", "0", "descentPasses", "0"));
        return variants;
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println(
                    "usage: PartsBenchmark MODEL CALIBRATION_TEXT EVALUATION_TEXT [WINDOWS [CONTEXT [CALIBRATION_WINDOWS [LINES]]]]");
            System.exit(2);
        }
        Path directory = Path.of(args[0]);
        String calibration = Files.readString(Path.of(args[1]), StandardCharsets.UTF_8);
        String text = Files.readString(Path.of(args[2]), StandardCharsets.UTF_8);
        int windows = args.length > 3 ? Integer.parseInt(args[3]) : 6;
        int context = args.length > 4 ? Integer.parseInt(args[4]) : 512;
        String calibrationWindows = args.length > 5 ? args[5] : "32";
        Map<String, Map<String, String>> variants = variants();
        if (args.length > 6) {
            List<String> wanted = List.of(args[6].split(","));
            variants.keySet().removeIf(name -> wanted.stream().noneMatch(name::startsWith));
        }
        ModelConfig config = ModelConfig.read(directory);
        Tokenizer tokenizer = Tokenizer.read(directory);
        StackCompressor compressor = new StackCompressor(new Nd4jLinearAlgebra(), THREADS);
        try (Checkpoint checkpoint = Checkpoint.open(directory);
                FixedRowPool pool = new FixedRowPool(THREADS)) {
            QualityTable table = new QualityTable(
                    config,
                    EvaluationText.spread(tokenizer.encode(text, false), context, windows, tokenizer::sizeBytes),
                    ModelWeights.denseDecoded(config, checkpoint),
                    checkpoint.sizeBytes(),
                    pool);
            for (Map.Entry<String, Map<String, String>> variant : variants.entrySet()) {
                Map<String, String> parameters = new LinkedHashMap<>(WHOLE);
                parameters.putAll(variant.getValue());
                parameters.put("calibrationWindows", calibrationWindows);
                try (TemporaryStore temporary = TemporaryStore.create()) {
                    StackManifest manifest = compressor.compress(
                            new CompressionRequest(
                                    directory, "nested", parameters, calibration, null, context, OrderMode.INDEX),
                            temporary.store(),
                            Progress.none(),
                            () -> false);
                    measure(variant.getKey(), manifest, temporary, table);
                }
            }
        }
    }

    /** Level by level: the order is by index, so a whole number of rounds has all matrices at one level. */
    private static void measure(String name, StackManifest manifest, TemporaryStore temporary, QualityTable table) {
        StackWeights stack = StackWeights.open(manifest, Codecs.byName("nested"), new StoredBlobs(temporary.store()));
        StackPlanner planner = new StackPlanner(manifest);
        long manifestBytes = ManifestJson.write(manifest).length;
        int start = manifest.matrices().getFirst().startLevel();
        for (int planes = Math.max(LEAST_PLANES, start); planes <= MOST_PLANES; planes++) {
            int blocks = manifest.minimalBlocks() * (planes - start + 1);
            table.measure(
                    "%d planes, %s".formatted(planes, name),
                    planner.storedBytes(blocks) + manifestBytes,
                    stack.forManyTokens(blocks));
        }
    }
}
