package io.bitstack.compression.encode;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.EncodedMatrix;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tensor.DType;
import io.bitstack.core.tensor.FloatMatrix;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
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

    /** Matrices that are encoded at the same time have no more weights than this together: about 4 GiB of working copies. */
    private static final long ENCODED_AT_ONCE_WEIGHTS = 1L << 27;

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
            Run run = new Run(
                    config,
                    checkpoint,
                    threads,
                    dense,
                    encoder,
                    parameters,
                    new Writer(store, progress),
                    progress,
                    cancelled);
            Transformer transformer = new Transformer(config, pool);

            progress.step(Step.CALIBRATE);
            int calibrationWindows = parameters.integer("calibrationWindows", 1, 4096);
            List<int[]> windows = request.calibrationText() == null
                    ? OwnText.windows(transformer, dense, calibrationWindows, context, cancelled)
                    : EvaluationText.of(tokenizer.encode(request.calibrationText(), false), context, calibrationWindows)
                            .windows();
            Map<String, InputStatistics> statistics =
                    new Calibration(inputColumns(config), pool).run(transformer, dense, windows, progress, cancelled);

            progress.step(Step.ENCODE);
            run.encode(statistics);
            List<StackManifest.File> files = SourceFiles.carry(directory, store);
            Descriptor tensors = run.writer.put(vectors(config, checkpoint));

            progress.step(Step.ORDER);
            StackManifest unordered = run.manifest(
                    files,
                    tensors,
                    StackOrder.of(run.encoded, ones(run.encoded.size())),
                    List.of(),
                    null,
                    lineage(request, parameters));
            List<StackOrder.Entry> order = switch (request.order()) {
                case KL -> StackOrder.of(run.encoded, run.sensitivity(unordered, windows, pool, store));
                case PROXY -> StackOrder.of(run.encoded, ones(run.encoded.size()));
                case PERPLEXITY ->
                    PublishedSorts.byGain(run.encoded, run.perplexityGains(unordered, windows, pool, store));
                case INDEX -> PublishedSorts.byIndex(run.encoded);
                case RANDOM -> PublishedSorts.random(run.encoded, orderSeed);
            };
            StackManifest ordered = run.manifest(files, tensors, order, List.of(), null, unordered.lineage());

            progress.step(Step.EVALUATE);
            EvaluationText text = request.evaluationText() == null
                    ? new EvaluationText(windows.subList(
                            0, Math.min(windows.size(), evaluationWindows(parameters, config, context))))
                    : EvaluationText.of(
                            tokenizer.encode(request.evaluationText(), false),
                            context,
                            evaluationWindows(parameters, config, context));
            return run.measured(ordered, files, tensors, order, text, pool, store);
        }
    }

    /** The full model: of a small one every matrix is converted once, else in place and converted in every pass. */
    private static ModelWeights dense(ModelConfig config, Checkpoint checkpoint) {
        ModelWeights mapped = ModelWeights.dense(config, checkpoint);
        if (!ParallelEvaluations.isSmall(config)) {
            return mapped;
        }
        Map<String, FloatMatrix> matrices = new LinkedHashMap<>();
        for (MatrixSpec spec : config.matrices()) {
            matrices.put(spec.name(), checkpoint.matrix(spec.name(), spec.rows(), spec.columns()));
        }
        return mapped.withDecoded(matrices);
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

    private static Map<String, Integer> inputColumns(ModelConfig config) {
        Map<String, Integer> columns = new LinkedHashMap<>();
        config.matrices().forEach(matrix -> columns.put(matrix.input(), matrix.columns()));
        return columns;
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

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Writes blobs and counts their bytes. */
    private static final class Writer {
        private final BlobStore store;
        private final Progress progress;
        private long written;

        Writer(BlobStore store, Progress progress) {
            this.store = store;
            this.progress = progress;
        }

        Descriptor put(byte[] content) throws IOException {
            Descriptor descriptor = store.put(ByteBuffer.wrap(content));
            written += descriptor.sizeBytes();
            progress.bytes(written);
            return descriptor;
        }
    }

    /** One compression: what its steps hand on to each other. */
    private static final class Run {
        final ModelConfig config;
        final Checkpoint checkpoint;
        final int threads;
        final ModelWeights dense;
        final MatrixEncoder encoder;
        final CodecParameters parameters;
        final Writer writer;
        final Progress progress;
        final BooleanSupplier cancelled;
        final List<SourceMatrix> sources;
        final List<StackManifest.Input> inputs = new ArrayList<>();
        final List<StackManifest.Matrix> matrices = new ArrayList<>();
        final List<EncodedMatrix> encoded = new ArrayList<>();
        final List<List<Descriptor>> blocks = new ArrayList<>();

        Run(
                ModelConfig config,
                Checkpoint checkpoint,
                int threads,
                ModelWeights dense,
                MatrixEncoder encoder,
                CodecParameters parameters,
                Writer writer,
                Progress progress,
                BooleanSupplier cancelled) {
            this.config = config;
            this.checkpoint = checkpoint;
            this.threads = threads;
            this.dense = dense;
            this.encoder = encoder;
            this.parameters = parameters;
            this.writer = writer;
            this.progress = progress;
            this.cancelled = cancelled;
            this.sources = SourceMatrix.of(config, parameters.embeddingPartRows());
        }

        void encode(Map<String, InputStatistics> statistics) throws IOException {
            EncoderInputs encoderInputs = new EncoderInputs(config, checkpoint, encoder, parameters, statistics);
            Map<String, Integer> inputIndex = new LinkedHashMap<>();
            new OrderedTasks(encodersAtOnce(), cancelled)
                    .run(
                            sources.size(),
                            index -> {
                                SourceMatrix source = sources.get(index);
                                return encoder.encode(
                                        source.read(checkpoint), encoderInputs.of(source.tensor()), source.role());
                            },
                            (index, matrix) -> {
                                SourceMatrix source = sources.get(index);
                                keep(source, encoderInputs.of(source.tensor()), matrix, inputIndex);
                            });
        }

        /** As many at a time as their working copies fit, at least one. */
        private int encodersAtOnce() {
            long largest =
                    sources.stream().mapToLong(SourceMatrix::weights).max().orElse(1);
            return Math.clamp(ENCODED_AT_ONCE_WEIGHTS / largest, 1, threads);
        }

        /** Writes the blobs of a matrix, and before them its input's if it is the first to have it. */
        private void keep(
                SourceMatrix source, EncodedInput input, EncodedMatrix matrix, Map<String, Integer> inputIndex)
                throws IOException {
            MatrixSpec spec = source.tensor();
            if (!inputIndex.containsKey(spec.input())) {
                Descriptor blob = writer.put(input.blob());
                inputIndex.put(spec.input(), inputs.size());
                inputs.add(new StackManifest.Input(spec.input(), spec.columns(), blob.digest(), blob.sizeBytes()));
            }
            Descriptor header = writer.put(matrix.header());
            List<Descriptor> stored = new ArrayList<>();
            for (byte[] block : matrix.blocks()) {
                stored.add(writer.put(block));
            }
            encoded.add(matrix);
            blocks.add(stored);
            matrices.add(new StackManifest.Matrix(
                    source.name(),
                    source.rows(),
                    source.columns(),
                    inputIndex.getOrDefault(spec.input(), 0),
                    matrix.startLevel(),
                    matrix.levels(),
                    header.digest(),
                    header.sizeBytes()));
            progress.matrices(
                    encoded.size(),
                    sources.size(),
                    source.name(),
                    matrix.weightedErrors()[matrix.weightedErrors().length - 1]);
        }

        StackManifest manifest(
                List<StackManifest.File> files,
                Descriptor tensors,
                List<StackOrder.Entry> order,
                List<StackManifest.CurvePoint> curve,
                StackManifest.@Nullable Reference full,
                StackManifest.Lineage lineage) {
            List<StackManifest.Block> ordered = new ArrayList<>();
            for (StackOrder.Entry entry : order) {
                Descriptor blob = blocks.get(entry.matrix()).get(entry.block());
                int level = matrices.get(entry.matrix()).startLevel() + entry.block();
                ordered.add(
                        new StackManifest.Block(entry.matrix(), level, blob.digest(), blob.sizeBytes(), entry.gain()));
            }
            return new StackManifest(
                    StackManifest.FORMAT,
                    config.toManifest(),
                    new StackManifest.Codec(encoder.codec(), parameters.values()),
                    files,
                    tensors,
                    inputs,
                    matrices,
                    ordered,
                    matrices.size(),
                    curve,
                    full,
                    lineage);
        }

        /** KL divergence of the model with one matrix at its lowest level, over that matrix's weighted error there. */
        double[] sensitivity(StackManifest manifest, List<int[]> windows, FixedRowPool pool, BlobStore store)
                throws IOException {
            EvaluationText text = new EvaluationText(
                    windows.subList(0, Math.min(windows.size(), parameters.integer("orderWindows", 1, 4096))));
            ParallelEvaluations evaluations = new ParallelEvaluations(config, text, dense, pool, threads, cancelled);
            StackWeights stack = StackWeights.open(manifest, Codecs.byName(encoder.codec()), new StoredBlobs(store));
            double[] sensitivity = new double[matrices.size()];
            evaluations.score(
                    sensitivity.length,
                    m -> denseBut(
                            m, stack.matrixAt(m, matrices.get(m).startLevel()).decode()),
                    (m, score) -> {
                        double kl = Math.max(0, score.klDivergence());
                        double error = encoded.get(m).weightedErrors()[0];
                        sensitivity[m] = error > 0 ? kl / error : 0;
                        progress.matrices(
                                m + 1, sensitivity.length, matrices.get(m).name(), kl);
                    });
            return sensitivity;
        }

        /** For each level what raising each matrix alone to it gains: see {@link PublishedSorts}. */
        double[][] perplexityGains(StackManifest manifest, List<int[]> windows, FixedRowPool pool, BlobStore store)
                throws IOException {
            EvaluationText text = new EvaluationText(
                    windows.subList(0, Math.min(windows.size(), parameters.integer("orderWindows", 1, 4096))));
            return PublishedSorts.perplexityGains(
                    encoded,
                    StackWeights.open(manifest, Codecs.byName(encoder.codec()), new StoredBlobs(store)),
                    dense,
                    new ParallelEvaluations(config, text, dense, pool, threads, cancelled),
                    progress);
        }

        /** The full model with the rows of one matrix of the stack replaced. */
        private ModelWeights denseBut(int matrix, FloatMatrix replacement) {
            SourceMatrix source = sources.get(matrix);
            if (source.rows() == source.tensor().rows()) {
                return dense.with(source.tensor().name(), replacement);
            }
            FloatMatrix all =
                    checkpoint.matrix(source.tensor().name(), source.tensor().rows(), source.columns());
            System.arraycopy(
                    replacement.data(),
                    0,
                    all.data(),
                    source.part().firstRow() * source.columns(),
                    replacement.data().length);
            return dense.with(source.tensor().name(), all);
        }

        StackManifest measured(
                StackManifest ordered,
                List<StackManifest.File> files,
                Descriptor tensors,
                List<StackOrder.Entry> order,
                EvaluationText text,
                FixedRowPool pool,
                BlobStore store)
                throws IOException {
            ParallelEvaluations evaluations = new ParallelEvaluations(config, text, dense, pool, threads, cancelled);
            StackWeights stack = StackWeights.open(ordered, Codecs.byName(encoder.codec()), new StoredBlobs(store));
            StackPlanner planner = new StackPlanner(ordered);
            List<StackManifest.CurvePoint> curve = new ArrayList<>();
            List<Integer> prefixes = ladder(planner, ordered);
            evaluations.score(prefixes.size(), p -> stack.forManyTokens(prefixes.get(p)), (p, score) -> {
                int blocks = prefixes.get(p);
                curve.add(new StackManifest.CurvePoint(
                        blocks,
                        planner.storedBytes(blocks),
                        planner.bpw(blocks),
                        score.perplexity(),
                        score.klDivergence()));
                progress.matrices(curve.size(), prefixes.size(), blocks + " blocks", score.klDivergence());
            });
            Evaluation.Score full = evaluations.full();
            StackManifest.Reference measured =
                    new StackManifest.Reference(checkpoint.sizeBytes(), full.perplexity(), full.tokens());
            return manifest(files, tensors, order, curve, measured, ordered.lineage());
        }
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
