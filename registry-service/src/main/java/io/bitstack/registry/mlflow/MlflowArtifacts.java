package io.bitstack.registry.mlflow;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.stack.Stack;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.Versions;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A version's artifacts as files: {@code models/NAME/VERSION/} holds the manifest, the files of the checkpoint, and every blob of the
 * stack under {@code blobs/} by its hex digits.
 */
@Component
class MlflowArtifacts {
    private static final Pattern PATH = Pattern.compile("models/([a-z0-9._-]{1,63})/([0-9]{1,9})(?:/(.*))?");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final String MANIFEST = "manifest.json";
    private static final String BLOBS = "blobs";

    private final Versions versions;
    private final Stacks stacks;
    private final BlobStore blobs;

    MlflowArtifacts(Versions versions, Stacks stacks, BlobStore blobs) {
        this.versions = versions;
        this.stacks = stacks;
        this.blobs = blobs;
    }

    /** An artifact in MLflow's shape; a directory has no size. */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Entry(String path, boolean isDir, @Nullable Long fileSize) {
        static Entry file(String path, long sizeBytes) {
            return new Entry(path, false, sizeBytes);
        }
    }

    /** Bytes to be sent. */
    record Content(InputStream stream, long sizeBytes) {}

    private record Place(Stack stack, String rest) {}

    /** What lies in a directory; nothing in a file. @throws MlflowException {@code RESOURCE_DOES_NOT_EXIST} */
    List<Entry> list(String path) {
        Place place = place(path);
        return switch (place.rest()) {
            case "" -> {
                List<Entry> entries = new ArrayList<>();
                manifest(place).files().forEach(file -> entries.add(Entry.file(file.path(), file.sizeBytes())));
                entries.add(Entry.file(MANIFEST, stacks.manifest(place.stack().digest()).length));
                entries.add(new Entry(BLOBS, true, null));
                yield entries;
            }
            case BLOBS ->
                Stacks.blobsOf(manifest(place)).stream()
                        .map(blob -> Entry.file(blob.digest().hex(), blob.sizeBytes()))
                        .toList();
            default -> List.of();
        };
    }

    /** @throws MlflowException {@code RESOURCE_DOES_NOT_EXIST} */
    Content open(String path) throws IOException {
        Place place = place(path);
        Digest digest = digest(place, path);
        long sizeBytes = blobs.sizeBytes(digest).orElseThrow(() -> missing(path));
        return new Content(blobs.open(digest, 0, sizeBytes), sizeBytes);
    }

    private Digest digest(Place place, String path) {
        if (place.rest().equals(MANIFEST)) {
            return place.stack().digest();
        }
        if (place.rest().startsWith(BLOBS + "/")) {
            // One look-up: a client fetches tens of thousands of them, one by one.
            return blob(place.rest().substring(BLOBS.length() + 1))
                    .filter(blob -> stacks.names(place.stack(), blob))
                    .orElseThrow(() -> missing(path));
        }
        return manifest(place).files().stream()
                .filter(file -> file.path().equals(place.rest()))
                .findFirst()
                .orElseThrow(() -> missing(path))
                .digest();
    }

    private static Optional<Digest> blob(String hex) {
        return HEX.matcher(hex).matches() ? Optional.of(Digest.parse("sha256:" + hex)) : Optional.empty();
    }

    private StackManifest manifest(Place place) {
        return ManifestJson.read(stacks.manifest(place.stack().digest()));
    }

    private Place place(String path) {
        Matcher matcher = PATH.matcher(path.replaceFirst("/+$", ""));
        if (!matcher.matches()) {
            throw missing(path);
        }
        Version version = versions.resolve(matcher.group(1), null, Integer.valueOf(matcher.group(2)));
        Stack stack = version.stack();
        String rest = matcher.group(3) == null ? "" : matcher.group(3);
        return new Place(stack, rest);
    }

    private static MlflowException missing(String path) {
        return new MlflowException(MlflowCode.RESOURCE_DOES_NOT_EXIST, "No such artifact: '%s'".formatted(path));
    }
}
