package io.bitstack.bench;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.OrderMode;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tensor.FloatMatrix;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Prints one table of quality against the bytes of the whole model: the full model, rounding to nearest and a GPTQ of our own at
 * 2, 3 and 4 bits, {@code iabd} at whole levels, {@code nested} at several prefixes. Methods that are published for linear weights
 * are shown with embeddings in 16 bits, as published, and compressed too.
 *
 * <p>Arguments: model directory, calibration text, evaluation text, evaluation windows (6), context (512), calibration windows
 * (16), levels of iabd (6), order of nested (proxy), methods of {@code gptq,rtn,iabd,nested} (all).
 */
public final class QualityBenchmark {
    private static final int[] BITS = {2, 3, 4};
    private static final int NESTED_ROWS = 5;
    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    private final Path directory;
    private final String calibration;
    private final ModelConfig config;
    private final Checkpoint checkpoint;
    private final ModelWeights dense;
    private final Tokenizer tokenizer;
    private final FixedRowPool pool;
    private final LinearAlgebra algebra = new Nd4jLinearAlgebra();
    private final int context;
    private final int calibrationWindows;

    private QualityBenchmark(String[] args, Checkpoint checkpoint, FixedRowPool pool) throws IOException {
        this.directory = Path.of(args[0]);
        this.calibration = Files.readString(Path.of(args[1]), StandardCharsets.UTF_8);
        this.config = ModelConfig.read(directory);
        this.checkpoint = checkpoint;
        this.pool = pool;
        this.tokenizer = Tokenizer.read(directory);
        this.context = number(args, 4, 512);
        this.calibrationWindows = number(args, 5, 16);
        this.dense = ModelWeights.denseDecoded(config, checkpoint);
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println("usage: QualityBenchmark MODEL CALIBRATION_TEXT EVALUATION_TEXT [WINDOWS [CONTEXT "
                    + "[CALIBRATION_WINDOWS [IABD_LEVELS [NESTED_ORDER [METHODS]]]]]]");
            System.exit(2);
        }
        List<String> methods = List.of((args.length > 8 ? args[8] : "gptq,rtn,iabd,nested").split(",", -1));
        try (Checkpoint checkpoint = Checkpoint.open(Path.of(args[0]));
                FixedRowPool pool = new FixedRowPool(THREADS)) {
            QualityBenchmark benchmark = new QualityBenchmark(args, checkpoint, pool);
            String text = Files.readString(Path.of(args[2]), StandardCharsets.UTF_8);
            QualityTable table = new QualityTable(
                    benchmark.config,
                    EvaluationText.spread(
                            benchmark.tokenizer.encode(text, false),
                            benchmark.context,
                            number(args, 3, 6),
                            benchmark.tokenizer::sizeBytes),
                    benchmark.dense,
                    checkpoint.sizeBytes(),
                    pool);
            if (methods.contains("gptq")) {
                SecondMoments moments = benchmark.moments();
                benchmark.fixed(
                        table,
                        "gptq",
                        (bits, spec, w) ->
                                new GroupQuantizer(bits).withFeedback(w, moments.of(spec.input()), benchmark.algebra));
            }
            if (methods.contains("rtn")) {
                benchmark.fixed(table, "rtn", (bits, spec, w) -> new GroupQuantizer(bits).nearest(w));
            }
            if (methods.contains("iabd")) {
                benchmark.iabd(table, number(args, 6, 6));
            }
            if (methods.contains("nested")) {
                benchmark.nested(table, OrderMode.named(args.length > 7 ? args[7] : "proxy"));
            }
        }
    }

    private static int number(String[] args, int index, int otherwise) {
        return args.length > index ? Integer.parseInt(args[index]) : otherwise;
    }

    /** Makes one matrix out of another of the same shape. */
    private interface Change {
        FloatMatrix of(MatrixSpec spec, FloatMatrix w);
    }

    /** The same at some number of bits. */
    private interface Quantization {
        FloatMatrix of(int bits, MatrixSpec spec, FloatMatrix w);
    }

    private boolean isLinear(MatrixSpec spec) {
        return spec.rows() != config.vocabularySize();
    }

    /** Every matrix of the checkpoint, changed; several at a time. */
    private Map<String, FloatMatrix> matrices(Change change) {
        List<MatrixSpec> specs = config.matrices();
        List<FloatMatrix> changed = IntStream.range(0, specs.size())
                .parallel()
                .mapToObj(i -> {
                    MatrixSpec spec = specs.get(i);
                    return change.of(spec, checkpoint.matrix(spec.name(), spec.rows(), spec.columns()));
                })
                .toList();
        Map<String, FloatMatrix> byName = new LinkedHashMap<>();
        for (int i = 0; i < specs.size(); i++) {
            byName.put(specs.get(i).name(), changed.get(i));
        }
        return byName;
    }

    private SecondMoments moments() {
        SecondMoments moments = new SecondMoments(config.matrices(), algebra);
        Transformer transformer = new Transformer(config, pool);
        EvaluationText.of(tokenizer.encode(calibration, false), context, calibrationWindows)
                .windows()
                .forEach(window -> transformer.observe(dense, window, moments));
        return moments;
    }

    /** Norms and biases, 4 bytes each, as a stack has them. */
    private long vectorBytes() {
        return Float.BYTES
                * config.vectors().stream().mapToLong(VectorSpec::length).sum();
    }

    /** Bytes of the embeddings (and of a head of its own) in 16 bits. */
    private long wholeEmbeddingBytes() {
        return Short.BYTES
                * config.matrices().stream()
                        .filter(spec -> !isLinear(spec))
                        .mapToLong(MatrixSpec::weights)
                        .sum();
    }

    private void fixed(QualityTable table, String method, Quantization quantization) {
        for (int bits : BITS) {
            GroupQuantizer quantizer = new GroupQuantizer(bits);
            ModelWeights linear =
                    dense.withDecoded(matrices((spec, w) -> isLinear(spec) ? quantization.of(bits, spec, w) : w));
            long linearBytes = vectorBytes();
            long embeddingBytes = 0;
            Map<String, FloatMatrix> embeddings = new LinkedHashMap<>();
            for (MatrixSpec spec : config.matrices()) {
                long sizeBytes = quantizer.sizeBytes(spec.rows(), spec.columns());
                if (isLinear(spec)) {
                    linearBytes += sizeBytes;
                } else {
                    embeddingBytes += sizeBytes;
                    embeddings.put(
                            spec.name(),
                            quantizer.nearest(checkpoint.matrix(spec.name(), spec.rows(), spec.columns())));
                }
            }
            String name = method + " " + bits + " bits";
            table.measure(name + ", embeddings 16 bits", linearBytes + wholeEmbeddingBytes(), linear);
            table.measure(
                    name + ", embeddings rtn " + bits + " bits",
                    linearBytes + embeddingBytes,
                    linear.withDecoded(embeddings));
        }
    }

    private record Stack(StackManifest manifest, StackWeights weights) {}

    private Stack compress(String codec, Map<String, String> parameters, OrderMode order, TemporaryStore temporary)
            throws IOException {
        Map<String, String> all = new LinkedHashMap<>(parameters);
        all.put("calibrationWindows", Integer.toString(calibrationWindows));
        all.put("evaluationWindows", "1"); // the manifest's own curve is not what is printed
        StackManifest manifest = new StackCompressor(algebra, THREADS)
                .compress(
                        new CompressionRequest(directory, codec, all, calibration, null, context, order),
                        temporary.store(),
                        Progress.none(),
                        () -> false);
        return new Stack(
                manifest, StackWeights.open(manifest, Codecs.byName(codec), new StoredBlobs(temporary.store())));
    }

    /** At whole levels: there the three published sorts are the same, so by index, which costs nothing. */
    private void iabd(QualityTable table, int levels) throws IOException {
        try (TemporaryStore temporary = TemporaryStore.create()) {
            Stack stack = compress("iabd", Map.of("levels", Integer.toString(levels)), OrderMode.INDEX, temporary);
            List<StackManifest.Matrix> matrices = stack.manifest.matrices();
            for (int level = 1; level <= levels; level++) {
                Map<String, FloatMatrix> linear = new LinkedHashMap<>();
                Map<String, FloatMatrix> embeddings = new LinkedHashMap<>();
                long linearBytes = stack.manifest.baseBytes() + ManifestJson.write(stack.manifest).length;
                long embeddingBytes = 0;
                for (StackManifest.Block block : stack.manifest.blocks()) {
                    boolean isLinear = matrices.get(block.matrix()).rows() != config.vocabularySize();
                    long sizeBytes = block.level() <= level ? block.sizeBytes() : 0;
                    linearBytes += isLinear ? sizeBytes : 0;
                    embeddingBytes += isLinear ? 0 : sizeBytes;
                }
                for (int m = 0; m < matrices.size(); m++) {
                    FloatMatrix decoded = stack.weights.matrixAt(m, level).decode();
                    (matrices.get(m).rows() != config.vocabularySize() ? linear : embeddings)
                            .put(matrices.get(m).name(), decoded);
                }
                ModelWeights published = dense.withDecoded(linear);
                String name = "iabd level " + level;
                table.measure(name + ", embeddings 16 bits", linearBytes + wholeEmbeddingBytes(), published);
                table.measure(
                        name + ", embeddings too", linearBytes + embeddingBytes, published.withDecoded(embeddings));
            }
        }
    }

    private void nested(QualityTable table, OrderMode order) throws IOException {
        try (TemporaryStore temporary = TemporaryStore.create()) {
            Stack stack = compress("nested", Map.of(), order, temporary);
            StackPlanner planner = new StackPlanner(stack.manifest);
            long manifestBytes = ManifestJson.write(stack.manifest).length;
            List<Integer> ladder = StackCompressor.ladder(planner, stack.manifest);
            for (int blocks : ladder.subList(0, Math.min(NESTED_ROWS, ladder.size()))) {
                table.measure(
                        "nested, order " + order.lowerCaseName() + ", " + blocks + " blocks",
                        planner.storedBytes(blocks) + manifestBytes,
                        stack.weights.forManyTokens(blocks));
            }
        }
    }
}
