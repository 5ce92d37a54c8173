package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.source.ModelFiles;
import io.bitstack.core.stack.BlobStoreSettings;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * Gets models of the hub and of buckets to jobs, each in a directory of its job's own, where what came is kept until the job is finished: those of the hub
 * whole, of those in S3 what is read.
 */
@Component
public class ModelFetcher {
    /** Told which file is being fetched. */
    public interface FileListener {
        void file(int done, int total, String name);
    }

    private final FetchSettings settings;
    private final JsonMapper json;

    ModelFetcher(FetchSettings settings, JsonMapper json) {
        this.settings = settings;
        this.json = json;
    }

    /**
     * The same model at the commit that its revision is now, so that a job that is run again reads the same weights.
     *
     * @throws CompressionException if the hub does not have it or cannot be asked
     */
    public HubModel pin(HubModel model) {
        Hub.Snapshot snapshot = hub().snapshot(model);
        wanted(model, snapshot);
        return model.at(snapshot.commit());
    }

    /** @throws CompressionException if a bucket's model is not there or must not be read */
    public void check(S3Model model) {
        WantedFiles.of(model.toString(), model.file(), origin(model).entries().keySet());
    }

    /**
     * Fetches a pinned model of the hub, or what is missing of it.
     *
     * @return the model's directory, or its GGUF file
     * @throws CompressionException if the hub refuses it, cannot be reached, or sends something else than it names
     * @throws java.util.concurrent.CancellationException once {@code cancelled} says yes
     */
    public Path fetch(UUID job, HubModel model, FileListener listener, BooleanSupplier cancelled) throws IOException {
        Hub hub = hub();
        List<RemoteFile> files = describe(hub, model, wanted(model, hub.snapshot(model)));
        requireSize(model.toString(), files);
        Path directory = fetch(job, new HubOrigin(hub, http(), model), files, files, listener, cancelled);
        return model.file() == null ? directory : directory.resolve(model.file());
    }

    /**
     * A model in its bucket. Weights stay there; what is small is fetched.
     *
     * @throws CompressionException as {@link #fetch} does; later, when it is read, {@code SOURCE_UNREACHABLE} and {@code STORAGE_FULL} too
     */
    public ModelSource readInPlace(UUID job, S3Model model, FileListener listener, BooleanSupplier cancelled)
            throws IOException {
        S3Origin origin = origin(model);
        List<RemoteFile> files = origin.files(
                WantedFiles.of(model.toString(), model.file(), origin.entries().keySet()));
        requireUnchanged(job, model, files);
        return readInPlace(job, origin, model.file(), files, listener, cancelled);
    }

    /** The same of files that the service keeps itself. */
    public ModelSource readInPlace(
            UUID job, StoredFiles stored, @Nullable String gguf, FileListener listener, BooleanSupplier cancelled)
            throws IOException {
        StoredOrigin origin = new StoredOrigin(stored);
        return readInPlace(job, origin, gguf, origin.files(), listener, cancelled);
    }

    private ModelSource readInPlace(
            UUID job,
            RangedOrigin origin,
            @Nullable String gguf,
            List<RemoteFile> files,
            FileListener listener,
            BooleanSupplier cancelled)
            throws IOException {
        requireSize(origin.name(), files);
        List<RemoteFile> weights = files.stream()
                .filter(file -> WantedFiles.isWeights(file.name()))
                .toList();
        List<RemoteFile> small = new ArrayList<>(files);
        small.removeAll(weights);
        Path directory = fetch(job, origin, files, small, listener, cancelled);
        ModelFiles inPlace = new RangedFiles(
                origin,
                weights,
                new BlockCache(directory.resolve("blocks"), settings.cacheBytes()),
                tries(origin, cancelled),
                FetchSettings.BLOCK_BYTES);
        return gguf == null ? ModelSource.of(directory, inPlace) : ModelSource.ofGguf(inPlace, gguf);
    }

    private Tries tries(Origin origin, BooleanSupplier cancelled) {
        return new Tries(origin.name(), settings.tries(), settings.tryRest(), cancelled);
    }

    /** @param wanted those of the model's files that are fetched */
    private Path fetch(
            UUID job,
            Origin origin,
            List<RemoteFile> files,
            List<RemoteFile> wanted,
            FileListener listener,
            BooleanSupplier cancelled)
            throws IOException {
        Path directory = Files.createDirectories(directory(job));
        ResumableDownload download = new ResumableDownload(origin, tries(origin, cancelled));
        requireRoom(directory, origin.name(), wanted);
        int done = 0;
        for (RemoteFile file : wanted) {
            listener.file(done++, wanted.size(), file.name());
            Path place = directory.resolve(file.name()).getParent();
            Files.createDirectories(place == null ? directory : place);
            download.fetch(file, directory);
            if (file.name().equals(Checkpoint.INDEX)) {
                WantedFiles.requireShards(directory.resolve(file.name()), origin.name(), files, json);
            }
        }
        return directory;
    }

    /** A bucket has no commits: if an object changed since the job began to read, all of it is read anew. */
    private void requireUnchanged(UUID job, S3Model model, List<RemoteFile> files) throws IOException {
        Files.createDirectories(directory(job));
        Path listing = listing(job);
        String now = files.toString();
        if (Files.exists(listing) && !Files.readString(listing).equals(now)) {
            forget(job);
            throw new CompressionException(
                    ErrorCode.SOURCE_DAMAGED,
                    "%s changed while it was read; it is read anew when the job is run again".formatted(model));
        }
        Files.writeString(listing, now);
    }

    /** Which content of a bucket a job reads: a digest of names, lengths and etags, since a bucket has no commits. */
    public String revision(UUID job, S3Model model) throws IOException {
        return "%s@%s".formatted(model, Digest.of(Files.readAllBytes(listing(job))));
    }

    private Path listing(UUID job) {
        return directory(job).resolve(".listing");
    }

    private S3Origin origin(S3Model model) {
        BlobStoreSettings s3 = settings.s3();
        String place = model.bucket() + "/" + model.prefix() + "/";
        boolean allowed = settings.s3Prefixes().stream()
                .filter(prefix -> !prefix.isBlank())
                .anyMatch(prefix -> place.startsWith(prefix.endsWith("/") ? prefix : prefix + "/"));
        if (s3 == null || !allowed) {
            throw new CompressionException(
                    ErrorCode.SOURCE_FORBIDDEN,
                    "%s is not below a prefix that the operator allowed (bitstack.compression.fetch.s3-prefixes)"
                            .formatted(model));
        }
        try {
            return S3Origin.list(BlobStores.objects(s3, model.bucket()), model);
        } catch (IOException e) {
            throw new CompressionException(ErrorCode.SOURCE_UNREACHABLE, "%s: %s".formatted(model, e.getMessage()), e);
        }
    }

    /** Forgets what was fetched for a job. */
    public void forget(UUID job) throws IOException {
        FileSystemUtils.deleteRecursively(directory(job));
    }

    private Path directory(UUID job) {
        Path work = settings.workDirectory() == null
                        || settings.workDirectory().toString().isBlank()
                ? Path.of(System.getProperty("java.io.tmpdir"), "bitstack-compression")
                : settings.workDirectory();
        return work.toAbsolutePath().resolve("fetched").resolve(job.toString());
    }

    private URI hubUrl() {
        URI url = settings.hubUrl();
        if (url == null || url.toString().isBlank()) {
            throw new CompressionException(
                    ErrorCode.SOURCE_FORBIDDEN,
                    "no hub is configured; set bitstack.compression.fetch.hub-url, for instance to"
                            + " https://huggingface.co");
        }
        return url;
    }

    private GuardedHttp http() {
        return new GuardedHttp(
                new AddressGuard(hubUrl(), settings.allowedHosts()), settings.hubToken(), settings.readTimeout());
    }

    private Hub hub() {
        return new Hub(hubUrl(), http(), json);
    }

    /** The files that make up the model, small ones first. */
    private static List<String> wanted(HubModel model, Hub.Snapshot snapshot) {
        return WantedFiles.of(model.toString(), model.file(), snapshot.files());
    }

    private static List<RemoteFile> describe(Hub hub, HubModel model, List<String> names) throws IOException {
        List<RemoteFile> files = new ArrayList<>();
        for (String name : names) {
            try {
                files.add(hub.describe(model, name));
            } catch (IOException e) {
                throw new CompressionException(
                        ErrorCode.SOURCE_UNREACHABLE, "%s of %s: %s".formatted(name, model, e.getMessage()), e);
            }
        }
        return files;
    }

    private void requireSize(String model, List<RemoteFile> files) {
        long totalBytes = files.stream().mapToLong(RemoteFile::sizeBytes).reduce(0, Math::addExact);
        if (totalBytes > settings.maxModelBytes()) {
            throw new CompressionException(
                    ErrorCode.SOURCE_REFUSED,
                    "%s has %d bytes; at most %d are fetched (bitstack.compression.fetch.max-model-bytes)"
                            .formatted(model, totalBytes, settings.maxModelBytes()));
        }
    }

    private static void requireRoom(Path directory, String model, List<RemoteFile> files) throws IOException {
        long missingBytes = BlockCache.SPARE_BYTES;
        for (RemoteFile file : files) {
            missingBytes += Files.exists(directory.resolve(file.name())) ? 0 : file.sizeBytes();
        }
        long usableBytes = Files.getFileStore(directory).getUsableSpace();
        if (usableBytes < missingBytes) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FAILED,
                    "fetching %s needs %d bytes in %s, where %d are free"
                            .formatted(model, missingBytes, directory, usableBytes));
        }
    }
}
