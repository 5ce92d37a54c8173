package io.bitstack.compression.encode;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.model.BlobLoader;
import io.bitstack.core.model.ChoiceEvaluation;
import io.bitstack.core.model.Evaluation;
import io.bitstack.core.model.LayeredWeights;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.PrefixDecoder;
import io.bitstack.core.model.StreamedStack;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A stack whose prefixes are measured. Of a small one a prefix is decoded and held for each thread, over the one before; where the worker's memory does not allow that,
 * blocks are read a layer at a time and freed after it. The numbers are the same either way. Safe for many threads.
 */
final class MeasuredStack {
    private final StreamedStack stack;
    private final int decoded;
    /** How many more prefixes may be held decoded. */
    private final AtomicInteger decodersLeft;
    /** Those that no thread works with. */
    private final Queue<PrefixDecoder> idle = new ConcurrentLinkedQueue<>();

    private MeasuredStack(StreamedStack stack, int decoded) {
        this.stack = stack;
        this.decoded = decoded;
        this.decodersLeft = new AtomicInteger(decoded);
    }

    static MeasuredStack open(StackManifest manifest, BlobStore store, WorkerMemory memory) {
        StoredBlobs blobs = new StoredBlobs(store);
        // Blocks of a small model are asked for again and again.
        BlobLoader blocks = memory.decodedPrefixes() > 0
                ? (digest, to) -> to.copyFrom(blobs.segment(digest))
                : new StoredBlocks(store);
        return new MeasuredStack(
                StreamedStack.open(manifest, Codecs.byName(manifest.codec().name()), blobs, blocks),
                memory.decodedPrefixes());
    }

    StackManifest manifest() {
        return stack.manifest();
    }

    /** One matrix, by its index in the manifest, decoded at a level. */
    FloatMatrix decode(int matrix, int level) {
        return stack.decode(matrix, level);
    }

    /** Scores a prefix of so many blocks. */
    Evaluation.Score score(int blocks, ParallelEvaluations evaluations) {
        return scored(blocks, evaluations::score, evaluations::score);
    }

    /** The same on multiple-choice tasks. */
    ChoiceEvaluation.Score score(int blocks, ChoiceEvaluation evaluation) {
        return scored(blocks, evaluation::score, evaluation::score);
    }

    private <T> T scored(int blocks, Function<ModelWeights, T> ofHeld, Function<LayeredWeights, T> ofLayers) {
        PrefixDecoder decoder = decoder();
        if (decoder == null) {
            return ofLayers.apply(stack.atPrefix(blocks));
        }
        T score = ofHeld.apply(decoder.at(blocks));
        idle.add(decoder);
        return score;
    }

    private @Nullable PrefixDecoder decoder() {
        PrefixDecoder known = idle.poll();
        if (known != null) {
            return known;
        }
        return decodersLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? stack.decoder() : null;
    }

    /** Scores of the stack with its matrices at some levels, and with one of them raised by one more. */
    interface Raising {
        Evaluation.Score unchanged();

        /** @param matrix by its index in the manifest */
        Evaluation.Score raised(int matrix);
    }

    Raising raising(int[] levels, ParallelEvaluations evaluations) {
        return decoded > 0 ? held(levels, evaluations) : streamed(levels, evaluations);
    }

    private Raising held(int[] levels, ParallelEvaluations evaluations) {
        ModelWeights below = stack.decoder().at(levels);
        return new Raising() {
            @Override
            public Evaluation.Score unchanged() {
                return evaluations.score(below);
            }

            @Override
            public Evaluation.Score raised(int matrix) {
                String tensor = stack.part(matrix).tensor();
                return evaluations.score(below.with(tensor, stack.decode(tensor, with(levels, matrix))));
            }
        };
    }

    private Raising streamed(int[] levels, ParallelEvaluations evaluations) {
        return new Raising() {
            @Override
            public Evaluation.Score unchanged() {
                return evaluations.score(stack.decodedAt(levels));
            }

            @Override
            public Evaluation.Score raised(int matrix) {
                return evaluations.score(stack.decodedAt(with(levels, matrix)));
            }
        };
    }

    private static int[] with(int[] levels, int matrix) {
        int[] raised = levels.clone();
        raised[matrix]++;
        return raised;
    }
}
