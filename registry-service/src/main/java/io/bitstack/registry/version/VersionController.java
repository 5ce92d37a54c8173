package io.bitstack.registry.version;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.stack.Stack;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.registry.tag.TagOwner;
import io.bitstack.registry.tag.Tags;
import io.bitstack.service.ApiException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The routes of versions. */
@RestController
@RequestMapping("/api/v1/models/{model}/versions")
class VersionController {
    /** Room for a manifest of about 300,000 blocks. */
    private static final int LARGEST_MANIFEST_BYTES = Math.min(64 << 20, ManifestJson.LARGEST_BYTES);

    private final Versions versions;
    private final VersionChanges changes;
    private final Models models;
    private final Stacks stacks;
    private final Tags tags;

    VersionController(Versions versions, VersionChanges changes, Models models, Stacks stacks, Tags tags) {
        this.versions = versions;
        this.changes = changes;
        this.models = models;
        this.stacks = stacks;
        this.tags = tags;
    }

    /** What is to change; what is left out stays. */
    record Change(
            @Nullable VersionState state,
            @Nullable @Size(max = 5000) String description) {}

    /**
     * Publishes a manifest.
     *
     * @param version the number that it must get; the next one if left out
     * @param draft whether it is made ready later
     */
    @PostMapping
    ResponseEntity<VersionView> publish(
            @PathVariable String model,
            @RequestParam(required = false) @Nullable @Min(1) Integer version,
            @RequestParam(defaultValue = "false") boolean draft,
            @RequestParam(required = false) @Nullable @Size(max = 100) String job,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal,
            HttpServletRequest request)
            throws IOException {
        models.require(model);
        byte[] content = request.getInputStream().readNBytes(LARGEST_MANIFEST_BYTES + 1);
        if (content.length > LARGEST_MANIFEST_BYTES) {
            throw new ApiException(
                    ErrorCode.MANIFEST_INVALID,
                    "the manifest has more than %d bytes".formatted(LARGEST_MANIFEST_BYTES));
        }
        Versions.Wish wish = new Versions.Wish(version, draft, new Origin(null, null, null, job));
        Versions.Published published = versions.publish(model, stacks.check(content), wish, principal);
        Version made = published.version();
        return ResponseEntity.status(published.isNew() ? HttpStatus.CREATED : HttpStatus.OK)
                .location(URI.create("/api/v1/models/%s/versions/%d".formatted(model, made.number())))
                .body(VersionView.of(made));
    }

    /** @param condemned whether deleted versions are listed too */
    @GetMapping
    Page<VersionView> list(
            @PathVariable String model,
            @RequestParam(defaultValue = "0") @Min(0) int after,
            @RequestParam(defaultValue = "false") boolean condemned,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        List<Version> found = versions.list(model, after, condemned, limit + 1);
        Map<Long, Map<String, String>> of =
                tags.of(TagOwner.VERSION, found.stream().map(Version::id).toList());
        return Page.of(
                found,
                limit,
                version -> VersionView.of(version, of.getOrDefault(version.id(), Map.of()), null),
                last -> Integer.toString(last.number()));
    }

    @GetMapping("/{number}")
    VersionView get(@PathVariable String model, @PathVariable int number) {
        return whole(versions.require(model, number));
    }

    /** Changes state and description. */
    @PatchMapping("/{number}")
    VersionView change(
            @PathVariable String model,
            @PathVariable int number,
            @Valid @RequestBody Change change,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        String description = change.description();
        if (description != null) {
            changes.describe(model, number, description, principal);
        }
        VersionState state = change.state();
        if (state != null) {
            changes.transition(model, number, state, principal);
        }
        return whole(versions.require(model, number));
    }

    /** The first phase of deletion; the second is a collection after the grace period. */
    @DeleteMapping("/{number}")
    VersionView delete(
            @PathVariable String model,
            @PathVariable int number,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return VersionView.of(changes.transition(model, number, VersionState.CONDEMNED, principal));
    }

    private VersionView whole(Version version) {
        Stack stack = version.stackIfAny();
        return VersionView.of(
                version,
                tags.of(TagOwner.VERSION, version.id()),
                stack == null ? null : ManifestJson.read(stacks.manifest(stack.digest())));
    }
}
