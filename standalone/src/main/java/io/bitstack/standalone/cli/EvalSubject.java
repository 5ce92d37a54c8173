package io.bitstack.standalone.cli;

import io.bitstack.compression.encode.StoredBlobs;
import io.bitstack.core.codec.Codecs;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What is measured: a stack, and the model that it is compared with.
 *
 * @param full the uncompressed model, or all blocks of the stack where there is none
 * @param fullBytes what that takes
 */
record EvalSubject(StackManifest manifest, StackWeights stack, ModelWeights full, long fullBytes, Tokenizer tokenizer) {
    private static final String MANIFEST = "manifest.json";
    private static final String BLOBS = "blobs";

    /** Whether a directory holds a stack: {@code manifest.json} and {@code blobs}. */
    static boolean isStack(Path directory) {
        return Files.isRegularFile(directory.resolve(MANIFEST));
    }

    /** Where the blobs of a stack in a directory are. */
    static FileBlobStore blobs(Path directory) throws IOException {
        return new FileBlobStore(directory.resolve(BLOBS));
    }

    /** Makes a directory with blobs in it a stack. */
    static void writeManifest(Path directory, StackManifest manifest) throws IOException {
        Files.write(directory.resolve(MANIFEST), ManifestJson.write(manifest));
    }

    /** A stack beside the checkpoint that it was made from, whose weights stay mapped while the checkpoint is open. */
    static EvalSubject of(Path stackDirectory, Path modelDirectory, Checkpoint checkpoint) throws IOException {
        StackManifest manifest = manifest(stackDirectory);
        return new EvalSubject(
                manifest,
                open(stackDirectory, manifest),
                ModelWeights.dense(ModelConfig.read(modelDirectory), checkpoint),
                checkpoint.sizeBytes(),
                Tokenizer.read(modelDirectory));
    }

    /** A stack by itself. */
    static EvalSubject of(Path stackDirectory) throws IOException {
        StackManifest manifest = manifest(stackDirectory);
        StackWeights stack = open(stackDirectory, manifest);
        int all = manifest.blocks().size();
        BlobStore blobs = blobs(stackDirectory);
        StackManifest.File tokenizer = manifest.files().stream()
                .filter(file -> file.path().equals("tokenizer.json"))
                .findFirst()
                .orElseThrow(() -> new IOException("the stack lists no tokenizer.json among its files"));
        return new EvalSubject(
                manifest,
                stack,
                stack.forManyTokens(all),
                new StackPlanner(manifest).storedBytes(all),
                Tokenizer.parse(blobs.read(tokenizer.digest(), tokenizer.sizeBytes())));
    }

    private static StackManifest manifest(Path directory) throws IOException {
        return ManifestJson.read(Files.readAllBytes(directory.resolve(MANIFEST)));
    }

    private static StackWeights open(Path directory, StackManifest manifest) throws IOException {
        return StackWeights.open(manifest, Codecs.byName(manifest.codec().name()), new StoredBlobs(blobs(directory)));
    }
}
