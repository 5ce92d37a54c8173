package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.core.gguf.GgufPartName;
import io.bitstack.core.stack.BlobStoreSettings;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Fetches models of the hub and of buckets for jobs, each into a directory of its job's own, where what came is kept until the job is finished. */
@Component
public class ModelFetcher {
    private static final String INDEX = "model.safetensors.index.json";
    private static final List<String> SMALL_FILES = List.of(
            "config.json",
            "generation_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja",
            INDEX);

    /** Kept free on the disk beside a model. */
    private static final long SPARE_BYTES = 256L << 20;

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
        wanted(model.toString(), model.file(), origin(model).entries().keySet());
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
        return fetch(job, new HubOrigin(hub, http(), model), model.file(), files, listener, cancelled);
    }

    /** Fetches a model from its bucket, or what is missing of it; otherwise the same. */
    public Path fetch(UUID job, S3Model model, FileListener listener, BooleanSupplier cancelled) throws IOException {
        S3Origin origin = origin(model);
        List<RemoteFile> files = origin.files(
                wanted(model.toString(), model.file(), origin.entries().keySet()));
        requireUnchanged(job, model, files);
        return fetch(job, origin, model.file(), files, listener, cancelled);
    }

    /** Fetches files that the service keeps itself, or what is missing of them; otherwise the same. */
    public Path fetch(
            UUID job, StoredFiles stored, @Nullable String gguf, FileListener listener, BooleanSupplier cancelled)
            throws IOException {
        StoredOrigin origin = new StoredOrigin(stored);
        return fetch(job, origin, gguf, origin.files(), listener, cancelled);
    }

    private Path fetch(
            UUID job,
            Origin origin,
            @Nullable String gguf,
            List<RemoteFile> files,
            FileListener listener,
            BooleanSupplier cancelled)
            throws IOException {
        Path directory = Files.createDirectories(directory(job));
        ResumableDownload download = new ResumableDownload(origin, settings, cancelled);
        requireRoom(directory, origin.name(), files);
        int done = 0;
        for (RemoteFile file : files) {
            listener.file(done++, files.size(), file.name());
            Path place = directory.resolve(file.name()).getParent();
            Files.createDirectories(place == null ? directory : place);
            download.fetch(file, directory);
            if (file.name().equals(INDEX)) {
                requireShards(directory.resolve(INDEX), origin.name(), files);
            }
        }
        return gguf == null ? directory : directory.resolve(gguf);
    }

    /** A bucket has no commits: if an object changed since the job began to fetch, all of it is fetched anew. */
    private void requireUnchanged(UUID job, S3Model model, List<RemoteFile> files) throws IOException {
        Files.createDirectories(directory(job));
        Path listing = listing(job);
        String now = files.toString();
        if (Files.exists(listing) && !Files.readString(listing).equals(now)) {
            forget(job);
            throw new CompressionException(
                    ErrorCode.SOURCE_DAMAGED,
                    "%s changed while it was fetched; it is fetched anew when the job is run again".formatted(model));
        }
        Files.writeString(listing, now);
    }

    /** Which content of a bucket was fetched for a job: a digest of names, lengths and etags, since a bucket has no commits. */
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
        return wanted(model.toString(), model.file(), snapshot.files());
    }

    private static List<String> wanted(String model, @Nullable String gguf, Set<String> files) {
        if (files.isEmpty() || (gguf != null && !files.contains(gguf))) {
            throw new CompressionException(ErrorCode.SOURCE_NOT_FOUND, "there is nothing at " + model);
        }
        if (gguf != null) {
            return parts(model, gguf, files);
        }
        List<String> wanted =
                new ArrayList<>(SMALL_FILES.stream().filter(files::contains).toList());
        boolean sharded = wanted.contains(INDEX);
        files.stream()
                .filter(name -> sharded
                        ? name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors")
                        : name.equals("model.safetensors"))
                .forEach(wanted::add);
        if (!wanted.contains("config.json")) {
            throw new CompressionException(
                    ErrorCode.MODEL_CONFIG_MISSING, "%s has no config.json; name a GGUF file in it".formatted(model));
        }
        if (wanted.stream().noneMatch(name -> name.endsWith(".safetensors"))) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_MISSING, "%s has no safetensors files; name a GGUF file in it".formatted(model));
        }
        return wanted;
    }

    /** A GGUF file, or all parts of a model that is split over several, as its name says. */
    private static List<String> parts(String model, String gguf, Set<String> files) {
        List<String> parts = GgufPartName.of(gguf).map(GgufPartName::all).orElse(List.of(gguf));
        List<String> missing =
                parts.stream().filter(part -> !files.contains(part)).toList();
        if (!missing.isEmpty()) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_MISSING,
                    "%s is split over %d files, of which it does not have %s"
                            .formatted(model, parts.size(), String.join(", ", missing)));
        }
        return parts;
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

    private void requireRoom(Path directory, String model, List<RemoteFile> files) throws IOException {
        long totalBytes = 0;
        long missingBytes = SPARE_BYTES;
        for (RemoteFile file : files) {
            totalBytes = Math.addExact(totalBytes, file.sizeBytes());
            missingBytes += Files.exists(directory.resolve(file.name())) ? 0 : file.sizeBytes();
        }
        if (totalBytes > settings.maxModelBytes()) {
            throw new CompressionException(
                    ErrorCode.SOURCE_REFUSED,
                    "%s has %d bytes; at most %d are fetched (bitstack.compression.fetch.max-model-bytes)"
                            .formatted(model, totalBytes, settings.maxModelBytes()));
        }
        long usableBytes = Files.getFileStore(directory).getUsableSpace();
        if (usableBytes < missingBytes) {
            throw new CompressionException(
                    ErrorCode.STORAGE_FAILED,
                    "fetching %s needs %d bytes in %s, where %d are free"
                            .formatted(model, missingBytes, directory, usableBytes));
        }
    }

    /** Every shard that the index names is one of those that are fetched. */
    private void requireShards(Path index, String model, List<RemoteFile> files) throws IOException {
        Set<String> named = new TreeSet<>();
        try {
            for (JsonNode shard : json.readTree(Files.readAllBytes(index)).path("weight_map")) {
                named.add(shard.asString(""));
            }
        } catch (JacksonException e) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_INVALID, "%s of %s is not JSON".formatted(INDEX, model), e);
        }
        files.forEach(file -> named.remove(file.name()));
        if (!named.isEmpty()) {
            throw new CompressionException(
                    ErrorCode.WEIGHTS_INVALID,
                    "%s names shards that %s does not have: %s".formatted(INDEX, model, named));
        }
    }
}
