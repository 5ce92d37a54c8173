package io.bitstack.compression.encode;

import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;

/** Measures an encoded model against the full one: what its order needs to know, and the curve of its prefixes. */
final class ModelMeasurements {
    private final EncodedModel model;
    private final Checkpoint checkpoint;
    private final CodecParameters parameters;
    private final BlobStore store;
    private final ScoreTasks tasks;
    private final ScoreTasks.Evaluations evaluations;
    private final TaskBoard board;
    private final Crew crew;
    private final int threads;
    private final Progress progress;

    /** @param threads scores at a time */
    ModelMeasurements(
            EncodedModel model,
            Checkpoint checkpoint,
            ModelWeights dense,
            CodecParameters parameters,
            BlobStore store,
            ScoreTasks.Evaluations evaluations,
            TaskBoard board,
            Crew crew,
            int threads,
            Progress progress) {
        this.model = model;
        this.checkpoint = checkpoint;
        this.parameters = parameters;
        this.store = store;
        this.tasks = new ScoreTasks(model.config(), checkpoint, () -> dense, parameters, store, evaluations);
        this.evaluations = evaluations;
        this.board = board;
        this.crew = crew;
        this.threads = threads;
        this.progress = progress;
    }

    /**
     * For each matrix and block, what its error costs: the weighted error times the matrix's sensitivity. A sensitivity is the KL divergence of the full
     * model with that matrix alone at one of its levels, over the matrix's weighted error there. It is measured at the first block and, where two points are asked for, at a later
     * one, since large errors cost less than in proportion; between the two its logarithm is linear, after them it stays.
     */
    double[][] klCosts(List<int[]> windows) throws IOException {
        int matrices = model.matrices().size();
        int points = parameters.integer("orderPoints", 1, 2);
        String content = ScoreTasks.content(unordered(), orderText(windows), store);
        SortedMap<Integer, String> results = score(
                TaskKind.ORDER,
                content,
                points * matrices,
                index -> model.matrices().get(index % matrices).name(),
                result -> Math.max(0, Double.parseDouble(result)));
        double[][] sensitivity = new double[points][matrices];
        results.forEach((index, result) -> {
            int m = index % matrices;
            double kl = Math.max(0, Double.parseDouble(result));
            double error = model.ladders().get(m).weightedErrors()[block(m, index / matrices)];
            sensitivity[index / matrices][m] = error > 0 ? kl / error : 0;
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

    private int block(int matrix, int point) {
        return ScoreTasks.block(model.ladders().get(matrix).blocks(), point);
    }

    /** For each level what raising each matrix alone to it gains: see {@link PublishedSorts}. */
    double[][] perplexityGains(List<int[]> windows) throws IOException {
        MeasuredStack stack = MeasuredStack.open(unordered(), store, WorkerMemory.of(model.config()));
        return PublishedSorts.perplexityGains(model.ladders(), stack, evaluations.of(orderText(windows)), progress);
    }

    /** The manifest in an order, with its curve and the full model measured on a text. */
    StackManifest measured(List<StackOrder.Entry> order, EvaluationText text) throws IOException {
        StackManifest ordered = model.manifest(order, List.of(), null);
        StackPlanner planner = new StackPlanner(ordered);
        List<Integer> prefixes = StackCompressor.ladder(planner, ordered);
        String content = ScoreTasks.content(ordered, text, store);
        SortedMap<Integer, String> results = score(
                TaskKind.EVALUATE,
                content,
                prefixes.size(),
                index -> prefixes.get(index) + " blocks",
                result -> Double.parseDouble(result.split(" ")[1]));
        List<StackManifest.CurvePoint> curve = new ArrayList<>();
        results.forEach((index, result) -> {
            int blocks = prefixes.get(index);
            String[] measured = result.split(" ");
            curve.add(new StackManifest.CurvePoint(
                    blocks,
                    planner.storedBytes(blocks),
                    planner.bpw(blocks),
                    Double.parseDouble(measured[0]),
                    Double.parseDouble(measured[1])));
        });
        Evaluation.Score full = tasks.full(content);
        return model.manifest(
                order, curve, new StackManifest.Reference(checkpoint.sizeBytes(), full.perplexity(), full.tokens()));
    }

    /** Posts tasks and does them, with whoever helps; all results, by number. */
    private SortedMap<Integer, String> score(
            TaskKind kind, String content, int count, IntFunction<String> name, ToDoubleFunction<String> shown)
            throws IOException {
        List<TaskBoard.Task> all = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            String place = kind == TaskKind.EVALUATE ? ScoreTasks.place(index) : "";
            all.add(new TaskBoard.Task(kind, index, index, place, 0, content));
        }
        board.post(kind, Digest.of(content.getBytes(StandardCharsets.UTF_8)).hex(), all);
        SortedMap<Integer, String> results = new TreeMap<>();
        crew.work(threads, List.of(kind), tasks::atHand, tasks::run, () -> {
            board.results(kind, results.keySet()).forEach((index, result) -> {
                results.put(index, result);
                progress.matrices(results.size(), count, name.apply(index), shown.applyAsDouble(result));
            });
            return results.size() == count;
        });
        return results;
    }

    private StackManifest unordered() {
        return model.manifest(StackOrder.of(model.ladders(), model.weightedErrors()), List.of(), null);
    }

    private EvaluationText orderText(List<int[]> windows) {
        return new EvaluationText(
                windows.subList(0, Math.min(windows.size(), parameters.integer("orderWindows", 1, 4096))));
    }
}
