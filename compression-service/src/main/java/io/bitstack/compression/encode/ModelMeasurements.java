package io.bitstack.compression.encode;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.kernel.FixedRowPool;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Measures an encoded model against the full one: what its order needs to know, and the curve of its prefixes. */
final class ModelMeasurements {
    /** Two levels above the first, where most blocks of a usual budget lie. */
    private static final int SECOND_POINT_BLOCKS = 2;

    private final EncodedModel model;
    private final Checkpoint checkpoint;
    private final ModelWeights dense;
    private final CodecParameters parameters;
    private final BlobStore store;
    private final FixedRowPool pool;
    private final int threads;
    private final Progress progress;
    private final BooleanSupplier cancelled;

    ModelMeasurements(
            EncodedModel model,
            Checkpoint checkpoint,
            ModelWeights dense,
            CodecParameters parameters,
            BlobStore store,
            FixedRowPool pool,
            int threads,
            Progress progress,
            BooleanSupplier cancelled) {
        this.model = model;
        this.checkpoint = checkpoint;
        this.dense = dense;
        this.parameters = parameters;
        this.store = store;
        this.pool = pool;
        this.threads = threads;
        this.progress = progress;
        this.cancelled = cancelled;
    }

    /**
     * For each matrix and block, what its error costs: the weighted error times the matrix's sensitivity. A sensitivity is the KL divergence of the full
     * model with that matrix alone at one of its levels, over the matrix's weighted error there. It is measured at the first block and, where two points are asked for, at a later
     * one, since large errors cost less than in proportion; between the two its logarithm is linear, after them it stays.
     */
    double[][] klCosts(List<int[]> windows) throws IOException {
        StackWeights stack = open(unordered());
        ParallelEvaluations evaluations = evaluations(orderText(windows));
        int matrices = model.matrices().size();
        int points = parameters.integer("orderPoints", 1, 2);
        double[][] sensitivity = new double[points][matrices];
        evaluations.scoreChanged(
                points * matrices,
                index -> model.sources().get(index % matrices).tensor().layer(),
                index -> {
                    int m = index % matrices;
                    int level = model.matrices().get(m).startLevel() + block(m, index / matrices);
                    return denseBut(m, stack.matrixAt(m, level).decode());
                },
                (index, score) -> {
                    int m = index % matrices;
                    double kl = Math.max(0, score.klDivergence());
                    double error = model.ladders().get(m).weightedErrors()[block(m, index / matrices)];
                    sensitivity[index / matrices][m] = error > 0 ? kl / error : 0;
                    progress.matrices(
                            index + 1,
                            points * matrices,
                            model.matrices().get(m).name(),
                            kl);
                });
        double[][] costs = new double[matrices][];
        for (int m = 0; m < matrices; m++) {
            double first = sensitivity[0][m];
            double last = sensitivity[points - 1][m];
            int lastBlock = Math.max(1, block(m, points - 1));
            costs[m] = model.ladders().get(m).weightedErrors().clone();
            for (int b = 0; b < costs[m].length; b++) {
                double share = Math.min(1, (double) b / lastBlock);
                costs[m][b] *= first > 0 && last > 0 ? first * Math.pow(last / first, share) : Math.max(first, last);
            }
        }
        return costs;
    }

    /** The block at which a matrix's sensitivity is measured for the first and the second time. */
    private int block(int matrix, int point) {
        return Math.min(point * SECOND_POINT_BLOCKS, model.ladders().get(matrix).blocks() - 1);
    }

    /** For each level what raising each matrix alone to it gains: see {@link PublishedSorts}. */
    double[][] perplexityGains(List<int[]> windows) throws IOException {
        return PublishedSorts.perplexityGains(
                model.ladders(), open(unordered()), dense, evaluations(orderText(windows)), progress);
    }

    /** The manifest in an order, with its curve and the full model measured on a text. */
    StackManifest measured(List<StackOrder.Entry> order, EvaluationText text) throws IOException {
        StackManifest ordered = model.manifest(order, List.of(), null);
        ParallelEvaluations evaluations = evaluations(text);
        StackWeights stack = open(ordered);
        StackPlanner planner = new StackPlanner(ordered);
        List<StackManifest.CurvePoint> curve = new ArrayList<>();
        List<Integer> prefixes = StackCompressor.ladder(planner, ordered);
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
        return model.manifest(
                order, curve, new StackManifest.Reference(checkpoint.sizeBytes(), full.perplexity(), full.tokens()));
    }

    private StackManifest unordered() {
        return model.manifest(StackOrder.of(model.ladders(), model.weightedErrors()), List.of(), null);
    }

    private StackWeights open(StackManifest manifest) {
        return StackWeights.open(manifest, Codecs.byName(model.codec().name()), new StoredBlobs(store));
    }

    private EvaluationText orderText(List<int[]> windows) {
        return new EvaluationText(
                windows.subList(0, Math.min(windows.size(), parameters.integer("orderWindows", 1, 4096))));
    }

    private ParallelEvaluations evaluations(EvaluationText text) {
        return new ParallelEvaluations(model.config(), text, dense, pool, threads, cancelled);
    }

    /** The full model with the rows of one matrix of the stack replaced. */
    private ModelWeights denseBut(int matrix, FloatMatrix replacement) {
        SourceMatrix source = model.sources().get(matrix);
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
}
