package io.bitstack.compression;

import io.bitstack.compression.encode.ChoiceResult;
import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.Progress;
import io.bitstack.compression.encode.TaskBoard;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** One of several compressors, as the test that runs wants it, so that it needs no service of its own. */
record ChosenCompressor(Supplier<Compressor> chosen) implements Compressor {
    @Override
    public void check(CompressionRequest request) throws IOException {
        chosen.get().check(request);
    }

    @Override
    public StackManifest compress(
            CompressionRequest request, BlobStore store, TaskBoard board, Progress progress, BooleanSupplier cancelled)
            throws IOException {
        return chosen.get().compress(request, store, board, progress, cancelled);
    }

    @Override
    public List<ChoiceResult> choices(
            CompressionRequest request,
            BlobStore store,
            StackManifest manifest,
            List<ChoiceTask> tasks,
            BooleanSupplier cancelled)
            throws IOException {
        return chosen.get().choices(request, store, manifest, tasks, cancelled);
    }

    @Override
    public void help(CompressionRequest request, BlobStore store, TaskBoard board, BooleanSupplier stopped)
            throws IOException {
        chosen.get().help(request, store, board, stopped);
    }
}
