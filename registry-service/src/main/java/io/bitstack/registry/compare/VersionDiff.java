package io.bitstack.registry.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.ManifestJson;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.registry.stack.StackView;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.Versions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Sets two versions side by side: what a node that has one would have to pull for the other, and what each is worth. */
@RestController
class VersionDiff {
    private final Versions versions;
    private final Stacks stacks;

    VersionDiff(Versions versions, Stacks stacks) {
        this.versions = versions;
        this.stacks = stacks;
    }

    /** One of the two. */
    record Side(String model, int version, StackView stack, List<StackManifest.CurvePoint> curve) {}

    /** A parameter of codec or job that differs; null where a side does not have it. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record Changed(@Nullable String from, @Nullable String to) {}

    /**
     * The difference.
     *
     * @param sharedBlobs blobs that both name, and their bytes
     * @param pullBytes bytes that {@code to} names and {@code from} does not
     * @param dropBytes bytes that {@code from} names and {@code to} does not
     */
    record Difference(
            Side from,
            Side to,
            int sharedBlobs,
            long sharedBytes,
            int pullBlobs,
            long pullBytes,
            int dropBlobs,
            long dropBytes,
            Map<String, Changed> parameters) {}

    private record Loaded(Version version, StackManifest manifest) {
        Side side() {
            return new Side(
                    version.model().name(), version.number(), version.stack().view(), manifest.curve());
        }
    }

    /** @param toModel the other version's model, where it is not the same */
    @GetMapping("/api/v1/models/{model}/versions/{number}/diff")
    Difference diff(
            @PathVariable String model,
            @PathVariable int number,
            @RequestParam int to,
            @RequestParam(required = false) @Nullable String toModel) {
        Loaded left = load(model, number);
        Loaded right = load(toModel == null ? model : toModel, to);
        Set<Descriptor> from = new HashSet<>(Stacks.blobsOf(left.manifest()));
        Set<Descriptor> wanted = new HashSet<>(Stacks.blobsOf(right.manifest()));
        Set<Descriptor> shared = new HashSet<>(from);
        shared.retainAll(wanted);
        from.removeAll(shared);
        wanted.removeAll(shared);
        return new Difference(
                left.side(),
                right.side(),
                shared.size(),
                bytes(shared),
                wanted.size(),
                bytes(wanted),
                from.size(),
                bytes(from),
                changed(left.manifest(), right.manifest()));
    }

    private Loaded load(String model, int number) {
        Version version = versions.resolve(model, null, number);
        return new Loaded(
                version, ManifestJson.read(stacks.manifest(version.stack().digest())));
    }

    private static long bytes(Set<Descriptor> blobs) {
        return blobs.stream().mapToLong(Descriptor::sizeBytes).sum();
    }

    private static Map<String, Changed> changed(StackManifest left, StackManifest right) {
        Map<String, String> from = parameters(left);
        Map<String, String> to = parameters(right);
        Map<String, Changed> changed = new TreeMap<>();
        Set<String> names = new TreeSet<>(from.keySet());
        names.addAll(to.keySet());
        for (String name : names) {
            String before = from.get(name);
            String after = to.get(name);
            if (before == null || !before.equals(after)) {
                changed.put(name, new Changed(before, after));
            }
        }
        return changed;
    }

    private static Map<String, String> parameters(StackManifest manifest) {
        Map<String, String> all = new TreeMap<>();
        manifest.lineage().parameters().forEach((name, value) -> all.put("job." + name, value));
        manifest.codec().parameters().forEach((name, value) -> all.put("codec." + name, value));
        all.put("codec", manifest.codec().name());
        all.put("tool", manifest.lineage().tool());
        all.put("source", manifest.lineage().source().toString());
        return all;
    }
}
