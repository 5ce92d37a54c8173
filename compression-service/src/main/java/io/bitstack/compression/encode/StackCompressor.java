package io.bitstack.compression.encode;

import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tensor.DType;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Compresses a checkpoint: calibrates on the dense model, encodes every matrix, orders the blocks, measures prefixes. */
public final class StackCompressor implements Compressor {
    private static final String TOOL = "bitstack 0.1";
    private static final int CURVE_POINTS = 12;
    /** Reference logits are kept as halfs; their windows are bounded so that large vocabularies stay within this. */
    private static final long REFERENCE_LIMIT_BYTES = 256L << 20;

    private final LinearAlgebra algebra;
    private final int threads;
    private final PartMemory memory;

    /** @param threads threads of forward passes */
    public StackCompressor(LinearAlgebra algebra, int threads) {
        this(algebra, threads, PartMemory.none());
    }

    /** @param memory what was encoded before and need not be again */
    public StackCompressor(LinearAlgebra algebra, int threads, PartMemory memory) {
        this.algebra = algebra;
        this.threads = threads;
        this.memory = memory;
    }

    @Override
    public StackManifest compress(
            CompressionRequest request, BlobStore store, Progress progress, BooleanSupplier cancelled)
            throws IOException {
        CodecParameters parameters = new CodecParameters(request.codec(), request.parameters());
        long orderSeed = parameters.seed("orderSeed");
        MatrixEncoder encoder = new RememberingEncoder(parameters.encoder(algebra), parameters.values(), memory, store);
        Path directory = request.modelDirectory();
        ModelConfig config = ModelConfig.read(directory);
        int context = Math.min(request.contextTokens(), config.contextTokens());
        try (Checkpoint checkpoint = ModelSource.open(directory);
                FixedRowPool pool = new FixedRowPool(threads)) {
            ModelWeights dense = dense(config, checkpoint);
            Tokenizer tokenizer = Tokenizer.read(directory);
            Transformer transformer = new Transformer(config, pool);

            progress.step(Step.CALIBRATE);
            int calibrationWindows = parameters.integer("calibrationWindows", 1, 4096);
            List<int[]> windows = request.calibrationText() == null
                    ? OwnText.windows(transformer, dense, calibrationWindows, context, cancelled)
                    : EvaluationText.spread(
                                    tokenizer.encode(request.calibrationText(), false),
                                    context,
                                    calibrationWindows,
                                    tokenizer::sizeBytes)
                            .windows();
            Calibration calibration = new Calibration(config, transformer, dense, windows, pool, cancelled);

            progress.step(Step.ENCODE);
            BlobSink sink = new BlobSink(store, progress);
            MatrixEncoding encoding =
                    new MatrixEncoding(config, checkpoint, encoder, parameters, sink, progress, threads, cancelled);
            encoding.run(dense, calibration);
            EncodedModel model = EncodedModel.of(
                    config,
                    new StackManifest.Codec(encoder.codec(), parameters.values()),
                    encoding.sources(),
                    encoding.stored(),
                    encoding.inputBlobs(),
                    SourceFiles.carry(directory, store),
                    sink.put(vectors(config, checkpoint)),
                    lineage(request, parameters));

            progress.step(Step.ORDER);
            ModelMeasurements measurements = new ModelMeasurements(
                    model, checkpoint, dense, parameters, store, pool, threads, progress, cancelled);
            List<StackOrder.Entry> order = switch (request.order()) {
                case KL -> StackOrder.of(model.ladders(), measurements.klCosts(windows));
                case PROXY -> StackOrder.of(model.ladders(), model.weightedErrors());
                case PERPLEXITY -> PublishedSorts.byGain(model.ladders(), measurements.perplexityGains(windows));
                case INDEX -> PublishedSorts.byIndex(model.ladders());
                case RANDOM -> PublishedSorts.random(model.ladders(), orderSeed);
            };

            progress.step(Step.EVALUATE);
            int evaluationWindows = evaluationWindows(parameters, config, context);
            EvaluationText text = request.evaluationText() == null
                    ? new EvaluationText(windows.subList(0, Math.min(windows.size(), evaluationWindows)))
                    : EvaluationText.of(tokenizer.encode(request.evaluationText(), false), context, evaluationWindows);
            return measurements.measured(order, text);
        }
    }

    /** The full model: of a small one every matrix is converted once, else in place and converted in every pass. */
    private static ModelWeights dense(ModelConfig config, Checkpoint checkpoint) {
        return ParallelEvaluations.isSmall(config)
                ? ModelWeights.denseDecoded(config, checkpoint)
                : ModelWeights.dense(config, checkpoint);
    }

    private static int evaluationWindows(CodecParameters parameters, ModelConfig config, int context) {
        long window = 2L * context * config.vocabularySize();
        return Math.clamp(REFERENCE_LIMIT_BYTES / window, 1, parameters.integer("evaluationWindows", 1, 4096));
    }

    private static StackManifest.Lineage lineage(CompressionRequest request, CodecParameters parameters)
            throws IOException {
        Map<String, String> all = new TreeMap<>(parameters.values());
        all.put("contextTokens", Integer.toString(request.contextTokens()));
        all.put("order", request.order().lowerCaseName());
        return new StackManifest.Lineage(
                SourceFiles.digest(request.modelDirectory()),
                digest(request.calibrationText()),
                digest(request.evaluationText()),
                TOOL,
                all);
    }

    private static @Nullable Digest digest(@Nullable String text) {
        return text == null ? null : Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] vectors(ModelConfig config, Checkpoint checkpoint) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (VectorSpec vector : config.vectors()) {
            writer.add(
                    vector.name(),
                    DType.F32,
                    List.of(vector.length()),
                    checkpoint.vector(vector.name(), vector.length()));
        }
        return writer.toBytes();
    }

    /** About twelve prefixes, evenly spaced in bytes from the minimal one to the whole stack. */
    public static List<Integer> ladder(StackPlanner planner, StackManifest manifest) {
        long least = planner.storedBytes(manifest.minimalBlocks());
        long most = planner.storedBytes(manifest.blocks().size());
        TreeSet<Integer> prefixes = new TreeSet<>();
        for (int p = 0; p < CURVE_POINTS; p++) {
            prefixes.add(planner.prefixWithin(least + (most - least) * p / (CURVE_POINTS - 1)));
        }
        return List.copyOf(prefixes);
    }
}
