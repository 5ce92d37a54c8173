package io.bitstack.compression.encode;

import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.EvaluationText;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does tasks of the kinds {@link TaskKind#ORDER} and {@link TaskKind#EVALUATE}, in the process that leads the compression and in those that help.
 * Safe for several threads.
 */
final class ScoreTasks {
    /** Two levels above the first, where most blocks of a usual budget lie. */
    private static final int SECOND_POINT_BLOCKS = 2;

    private static final int PREFIXES_TOGETHER = 3;

    private static final long MOST_MANIFEST_BYTES = 1L << 30;

    /** Makes what measures a text. */
    interface Evaluations {
        ParallelEvaluations of(EvaluationText text);
    }

    /** A stack and a text, opened to be measured. */
    private record Opened(
            String content, MeasuredStack stack, List<Integer> prefixes, ParallelEvaluations evaluations) {}

    private final Checkpoint checkpoint;
    private final Supplier<ModelWeights> dense;
    private final List<SourceMatrix> sources;
    private final BlobStore store;
    private final Evaluations evaluations;
    private final WorkerMemory memory;
    private @Nullable Opened opened;
    private volatile String place = "";

    /** @param dense the full model, asked for once it is needed */
    ScoreTasks(
            ModelConfig config,
            Checkpoint checkpoint,
            Supplier<ModelWeights> dense,
            CodecParameters parameters,
            BlobStore store,
            Evaluations evaluations) {
        this.memory = WorkerMemory.of(config);
        this.checkpoint = checkpoint;
        this.dense = dense;
        this.sources = SourceMatrix.of(config, parameters.embeddingPartRows());
        this.store = store;
        this.evaluations = evaluations;
    }

    /** What a task has to know: the stack and the windows, both in the store. */
    static String content(StackManifest stack, EvaluationText text, BlobStore store) throws IOException {
        return store.put(ByteBuffer.wrap(ManifestJson.write(stack))).digest() + " "
                + WindowBlobs.put(text.windows(), store);
    }

    /** Prefixes that are decoded one over the other: few matrices change from one to the next. */
    static String place(int prefix) {
        return "prefixes " + prefix / PREFIXES_TOGETHER;
    }

    /** Prefixes near the one that is decoded. */
    Set<String> atHand() {
        return Set.of(place);
    }

    /** @return of {@link TaskKind#ORDER} the KL divergence, of {@link TaskKind#EVALUATE} perplexity and KL divergence */
    Made<String> run(TaskBoard.Task task) throws IOException {
        Opened open = opened(task.content());
        place = task.place();
        if (task.kind() == TaskKind.EVALUATE) {
            Evaluation.Score score = open.stack.score(open.prefixes.get(task.number()), open.evaluations);
            return Made.of(score.perplexity() + " " + score.klDivergence());
        }
        StackManifest manifest = open.stack.manifest();
        int m = task.number() % manifest.matrices().size();
        StackManifest.Matrix matrix = manifest.matrices().get(m);
        int blocks = matrix.levels() - matrix.startLevel() + 1;
        int level = matrix.startLevel()
                + block(blocks, task.number() / manifest.matrices().size());
        FloatMatrix decoded = open.stack.decode(m, level);
        Evaluation.Score score =
                open.evaluations.scoreChanged(sources.get(m).tensor().layer(), denseBut(m, decoded));
        return Made.of(Double.toString(score.klDivergence()));
    }

    /** The block at which a matrix's sensitivity is measured for the first and the second time. */
    static int block(int blocks, int point) {
        return Math.min(point * SECOND_POINT_BLOCKS, blocks - 1);
    }

    /** The score of the full model on a task's text. */
    Evaluation.Score full(String content) throws IOException {
        return opened(content).evaluations.full();
    }

    private synchronized Opened opened(String content) throws IOException {
        if (opened == null || !opened.content.equals(content)) {
            opened = null; // the one before may go while the next is made
            int split = content.indexOf(' ');
            StackManifest manifest =
                    ManifestJson.read(store.read(Digest.parse(content.substring(0, split)), MOST_MANIFEST_BYTES));
            EvaluationText text =
                    new EvaluationText(WindowBlobs.read(Digest.parse(content.substring(split + 1)), store));
            opened = new Opened(
                    content,
                    MeasuredStack.open(manifest, store, memory),
                    StackCompressor.ladder(new StackPlanner(manifest), manifest),
                    evaluations.of(text));
        }
        return opened;
    }

    /** The full model with the rows of one matrix of the stack replaced. */
    private ModelWeights denseBut(int matrix, FloatMatrix replacement) {
        SourceMatrix source = sources.get(matrix);
        if (source.rows() == source.tensor().rows()) {
            return dense.get().with(source.tensor().name(), replacement);
        }
        FloatMatrix all =
                checkpoint.matrix(source.tensor().name(), source.tensor().rows(), source.columns());
        System.arraycopy(
                replacement.data(),
                0,
                all.data(),
                source.part().firstRow() * source.columns(),
                replacement.data().length);
        return dense.get().with(source.tensor().name(), all);
    }
}
