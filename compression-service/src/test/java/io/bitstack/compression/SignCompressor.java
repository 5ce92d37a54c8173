package io.bitstack.compression;

import io.bitstack.compression.encode.ChoiceResult;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.Step;
import io.bitstack.compression.encode.TaskBoard;
import io.bitstack.core.model.ChoiceEvaluation;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.model.MatrixSpec;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * The least that is a compression: one sign plane of every matrix. Each matrix waits for a permit, so that a test can look at
 * a job in its midst. Serves to test the machinery of jobs alone.
 */
final class SignCompressor implements Compressor {
    final Semaphore permits = new Semaphore(0);

    @Override
    public void check(CompressionRequest request) {
        if (request.parameters().containsKey("unknown")) {
            throw new IllegalArgumentException("there is no parameter 'unknown'");
        }
    }

    @Override
    public StackManifest compress(
            CompressionRequest request, BlobStore store, TaskBoard board, Progress progress, BooleanSupplier cancelled)
            throws IOException {
        ModelConfig config = request.model().config();
        progress.step(Step.CALIBRATE);
        progress.step(Step.ENCODE);
        List<StackManifest.Matrix> matrices = new ArrayList<>();
        List<StackManifest.Block> blocks = new ArrayList<>();
        Descriptor empty = store.put(ByteBuffer.allocate(0));
        long written = 0;
        try (Checkpoint checkpoint = request.model().open()) {
            for (MatrixSpec spec : config.matrices()) {
                progress.matrices(blocks.size(), config.matrices().size(), spec.name(), 1.0);
                await(cancelled);
                Descriptor block = store.put(signs(checkpoint.matrix(spec.name(), spec.rows(), spec.columns())));
                written += block.sizeBytes();
                progress.bytes(written);
                blocks.add(new StackManifest.Block(blocks.size(), 1, block.digest(), block.sizeBytes(), 1));
                matrices.add(new StackManifest.Matrix(
                        spec.name(), spec.rows(), spec.columns(), 0, 1, 1, empty.digest(), empty.sizeBytes()));
                progress.matrices(blocks.size(), config.matrices().size(), spec.name(), 1.0);
            }
        }
        progress.step(Step.ORDER);
        progress.step(Step.EVALUATE);
        return new StackManifest(
                StackManifest.FORMAT,
                config.toManifest(),
                new StackManifest.Codec(request.codec(), request.parameters()),
                List.of(),
                empty,
                List.of(new StackManifest.Input("all", 1, empty.digest(), 0)),
                matrices,
                blocks,
                blocks.size(),
                List.of(),
                null,
                new StackManifest.Lineage(Digest.of(new byte[0]), null, null, "sign-compressor", request.origin()));
    }

    @Override
    public List<ChoiceResult> choices(
            CompressionRequest request,
            BlobStore store,
            StackManifest manifest,
            List<ChoiceTask> tasks,
            BooleanSupplier cancelled) {
        return List.of(
                new ChoiceResult(0, 1000, new ChoiceEvaluation.Score(0.75, 0.5, tasks.size())),
                new ChoiceResult(3, 100, new ChoiceEvaluation.Score(0.5, 0.25, tasks.size())));
    }

    @Override
    public void help(CompressionRequest request, BlobStore store, TaskBoard board, BooleanSupplier stopped) {
        throw new IllegalStateException("this compressor works alone");
    }

    private void await(BooleanSupplier cancelled) {
        while (!permits.tryAcquire()) {
            if (cancelled.getAsBoolean()) {
                throw new CancellationException();
            }
            Thread.onSpinWait();
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
        }
    }

    private static ByteBuffer signs(FloatMatrix matrix) {
        ByteBuffer bits = ByteBuffer.allocate((matrix.rows() * matrix.columns() + 7) / 8);
        float[] values = matrix.data();
        for (int i = 0; i < matrix.rows() * matrix.columns(); i++) {
            if (values[i] >= 0) {
                bits.put(i / 8, (byte) (bits.get(i / 8) | 1 << (i % 8)));
            }
        }
        return bits;
    }
}
