package io.bitstack.compression.encode;

import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.model.ChoiceEvaluation;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.Transformer;
import io.bitstack.core.model.VectorSpec;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.safetensors.SafetensorsWriter;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tensor.DType;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Compresses a checkpoint: calibrates on the dense model, encodes every matrix, orders the blocks, measures prefixes. */
public final class StackCompressor implements Compressor {
    private static final int CURVE_POINTS = 12;

    private final LinearAlgebra algebra;
    private final int threads;
    private final PartMemory memory;
    private final int sharedThreads;

    /** @param threads threads of forward passes */
    public StackCompressor(LinearAlgebra algebra, int threads) {
        this(algebra, threads, PartMemory.none());
    }

    /** @param memory what was encoded before and need not be again */
    public StackCompressor(LinearAlgebra algebra, int threads, PartMemory memory) {
        // One more, since each of these tasks waits for database and disk at its beginning and end.
        this(algebra, threads, memory, threads + 1);
    }

    /** @param sharedThreads threads that encode while several processes share a compression, when results go through database and store */
    public StackCompressor(LinearAlgebra algebra, int threads, PartMemory memory, int sharedThreads) {
        this.algebra = algebra;
        this.threads = threads;
        this.memory = memory;
        this.sharedThreads = sharedThreads;
    }

    @Override
    public void check(CompressionRequest request) throws IOException {
        CodecParameters parameters = new CodecParameters(request.codec(), request.parameters());
        parameters.encoder(algebra, RowPool.SINGLE);
        ModelConfig config = request.model().config();
        Tokenizer tokenizer = request.model().tokenizer();
        CalibrationText.check(request, config, tokenizer);
        TextMemory.check(request, parameters, config, () -> tokenizer);
    }

    /** Compresses with no other process: {@link #compress(CompressionRequest, BlobStore, TaskBoard, Progress, BooleanSupplier)}. */
    public StackManifest compress(
            CompressionRequest request, BlobStore store, Progress progress, BooleanSupplier cancelled)
            throws IOException {
        return compress(request, store, new LocalTaskBoard(), progress, cancelled);
    }

    @Override
    public StackManifest compress(
            CompressionRequest request, BlobStore store, TaskBoard board, Progress progress, BooleanSupplier cancelled)
            throws IOException {
        CalibrationText.requireHeldOut(request);
        CodecParameters parameters = new CodecParameters(request.codec(), request.parameters());
        long orderSeed = parameters.seed("orderSeed");
        try (FixedRowPool pool = new FixedRowPool(threads)) {
            Cores cores = new Cores(threads);
            PartEncoder encoder = encoder(parameters, store, cores);
            ModelConfig config = request.model().config();
            TextMemory.check(request, parameters, config, request.model()::tokenizer);
            try (Checkpoint checkpoint = request.model().open()) {
                // Said before the model is opened, so that helpers open it meanwhile.
                progress.step(Step.CALIBRATE);
                ModelWeights dense = dense(config, checkpoint);
                Tokenizer tokenizer = request.model().tokenizer();
                Transformer transformer = Transformer.ofTexts(config, pool);
                Crew crew = new Crew(board, MatrixTasks.weightsAtOnce(config), scoresAtOnce(config), cores, cancelled);

                StackManifest.Lineage lineage = Lineages.of(request, parameters);
                CalibrationText text = new CalibrationText(request, parameters, config, store, board);
                List<int[]> windows = text.windows(
                        tokenizer,
                        lineage,
                        (count, context, seed) -> OwnText.windows(transformer, dense, count, context, seed, cancelled));
                Calibration calibration = new Calibration(config, transformer, dense, windows, pool, store, cancelled);

                progress.step(Step.ENCODE);
                MatrixTasks tasks = new MatrixTasks(config, checkpoint, encoder, parameters, store, cores);
                MatrixEncoding encoding = new MatrixEncoding(
                        config,
                        tasks,
                        new TextTasks(config, checkpoint, () -> dense, store, cores, cancelled),
                        board,
                        crew,
                        store,
                        progress,
                        threads,
                        sharedThreads);
                encoding.run(
                        encoder.basis(lineage.source(), windows),
                        dense,
                        new LayerReader(config, checkpoint, dense, pool),
                        calibration,
                        new SharedText(config, board, store, calibration, windows, text.basis(lineage)));
                EncodedModel model = EncodedModel.of(
                        config,
                        new StackManifest.Codec(encoder.codec(), parameters.values()),
                        tasks.sources(),
                        encoding.stored(),
                        encoding.inputBlobs(),
                        SourceFiles.carry(request.model(), store),
                        store.put(ByteBuffer.wrap(vectors(config, checkpoint))),
                        Lineages.withTokens(lineage, windows));

                progress.step(Step.ORDER);
                ModelMeasurements measurements = new ModelMeasurements(
                        model,
                        checkpoint,
                        dense,
                        parameters,
                        store,
                        evaluations(config, () -> dense, pool, cancelled),
                        board,
                        crew,
                        scoresAtOnce(config),
                        progress);
                List<StackOrder.Entry> order = switch (request.order()) {
                    case KL -> StackOrder.of(model.ladders(), measurements.klCosts(windows));
                    case PROXY -> StackOrder.of(model.ladders(), model.weightedErrors());
                    case PERPLEXITY -> PublishedSorts.byGain(model.ladders(), measurements.perplexityGains(windows));
                    case INDEX -> PublishedSorts.byIndex(model.ladders());
                    case RANDOM -> PublishedSorts.random(model.ladders(), orderSeed);
                };

                progress.step(Step.EVALUATE);
                return measurements.measured(order, text.evaluation(tokenizer));
            }
        }
    }

    @Override
    public List<ChoiceResult> choices(
            CompressionRequest request,
            BlobStore store,
            StackManifest manifest,
            List<ChoiceTask> tasks,
            BooleanSupplier cancelled)
            throws IOException {
        ModelConfig config = request.model().config();
        List<ChoiceResult> results = new ArrayList<>();
        try (Checkpoint checkpoint = request.model().open();
                FixedRowPool pool = new FixedRowPool(threads)) {
            ChoiceEvaluation evaluation =
                    new ChoiceEvaluation(config, request.model().tokenizer(), tasks, pool);
            results.add(new ChoiceResult(0, checkpoint.sizeBytes(), evaluation.score(dense(config, checkpoint))));
            MeasuredStack stack = MeasuredStack.open(manifest, store, WorkerMemory.of(config));
            for (StackManifest.CurvePoint point : manifest.curve()) {
                Cancellation.check(cancelled);
                results.add(
                        new ChoiceResult(point.blocks(), point.sizeBytes(), stack.score(point.blocks(), evaluation)));
            }
        }
        return results;
    }

    @Override
    public void help(CompressionRequest request, BlobStore store, TaskBoard board, BooleanSupplier stopped)
            throws IOException {
        CodecParameters parameters = new CodecParameters(request.codec(), request.parameters());
        ModelConfig config = request.model().config();
        try (Checkpoint checkpoint = request.model().open();
                FixedRowPool pool = new FixedRowPool(threads)) {
            Cores cores = new Cores(threads);
            Lazy<ModelWeights> dense = new Lazy<>(() -> dense(config, checkpoint));
            MatrixTasks matrices =
                    new MatrixTasks(config, checkpoint, encoder(parameters, store, cores), parameters, store, cores);
            ScoreTasks scores = new ScoreTasks(
                    config, checkpoint, dense, parameters, store, evaluations(config, dense, pool, stopped));
            TextTasks texts = new TextTasks(config, checkpoint, dense, store, cores, stopped);
            // Scores of a large model take turns: each is made by all threads of the pool.
            Crew crew = new Crew(board, MatrixTasks.weightsAtOnce(config), scoresAtOnce(config), cores, stopped);
            if (ParallelEvaluations.isSmall(config)) {
                dense.prepare(); // while the leader does the same
            }
            crew.work(
                    sharedThreads,
                    List.of(TaskKind.CALIBRATE, TaskKind.ENCODE, TaskKind.ORDER, TaskKind.EVALUATE),
                    () -> {
                        Set<String> places = new HashSet<>(matrices.atHand());
                        places.addAll(texts.atHand());
                        places.addAll(scores.atHand());
                        return places;
                    },
                    task -> switch (task.kind()) {
                        case CALIBRATE -> texts.run(task);
                        case ENCODE -> matrices.run(task);
                        case ORDER, EVALUATE -> {
                            // All that is measured is encoded.
                            matrices.release(true);
                            texts.release();
                            yield scores.run(task);
                        }
                    },
                    stopped);
        }
    }

    private PartEncoder encoder(CodecParameters parameters, BlobStore store, Cores cores) {
        return new PartEncoder(parameters.encoder(algebra, cores), parameters.values(), memory, store, cores);
    }

    private int scoresAtOnce(ModelConfig config) {
        return ParallelEvaluations.isSmall(config) ? threads : 1;
    }

    private ScoreTasks.Evaluations evaluations(
            ModelConfig config, Supplier<ModelWeights> dense, FixedRowPool pool, BooleanSupplier cancelled) {
        return text -> new ParallelEvaluations(config, text, dense.get(), pool, threads, cancelled);
    }

    /**
     * The full model: of a small one every matrix is converted once, else in place and converted in every pass. What is not finite is found by who encodes it, if
     * not before.
     */
    private static ModelWeights dense(ModelConfig config, Checkpoint checkpoint) {
        return ParallelEvaluations.isSmall(config)
                ? ModelWeights.denseDecoded(config, checkpoint)
                : ModelWeights.denseOfChecked(config, checkpoint);
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
