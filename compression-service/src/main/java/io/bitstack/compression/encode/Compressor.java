package io.bitstack.compression.encode;

import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.StackManifest;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Compresses one model into a stack, with the help of other processes. The same request gives the same manifest, digest for digest. */
public interface Compressor {
    /**
     * Looks at what can be looked at before a weight is read: codec, parameters and texts.
     *
     * @throws IllegalArgumentException if the codec or a parameter of it does not exist or is out of bounds
     * @throws io.bitstack.core.model.ModelException if a text cannot be used
     * @throws IOException if a file cannot be read
     */
    void check(CompressionRequest request) throws IOException;

    /**
     * Runs all steps but {@link Step#VALIDATE} of the source's files and {@link Step#PUBLISH}, which belong to the job.
     * Every blob that the manifest names is in the store when it returns; what the board and the store have already is not made again, so a
     * compression that was cut off can simply be run again.
     *
     * @param board the compression's tasks, on which others may work too
     * @param cancelled asked between units of work; once it says yes the compression stops
     * @throws java.util.concurrent.CancellationException if it was cancelled
     * @throws IllegalArgumentException if the codec or a parameter of it does not exist or is out of bounds
     * @throws io.bitstack.core.model.ModelException if the model or a text cannot be used
     * @throws io.bitstack.core.safetensors.SafetensorsException if the weights cannot be used
     * @throws IOException if a file cannot be read or the store cannot be written
     */
    StackManifest compress(
            CompressionRequest request, BlobStore store, TaskBoard board, Progress progress, BooleanSupplier cancelled)
            throws IOException;

    /**
     * Scores the full model and the prefixes of a stack's curve on multiple-choice tasks.
     *
     * @param manifest of a stack whose blobs are in the store
     * @param cancelled asked between measurements
     * @return the full model first, then the prefixes
     * @throws IOException if a file or a blob cannot be read
     */
    List<ChoiceResult> choices(
            CompressionRequest request,
            BlobStore store,
            StackManifest manifest,
            List<ChoiceTask> tasks,
            BooleanSupplier cancelled)
            throws IOException;

    /**
     * Does tasks of a compression that another process leads, until it is told to stop.
     *
     * @param request the same, but for the texts, which are not looked at
     * @param store the leader's
     * @param stopped asked between units of work
     * @throws IOException if a file cannot be read or the store cannot be written
     */
    void help(CompressionRequest request, BlobStore store, TaskBoard board, BooleanSupplier stopped) throws IOException;
}
