package io.bitstack.registry.version;

import io.bitstack.core.stack.ManifestJson;
import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.model.Models;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.service.ApiException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of versions and aliases. */
@RestController
@RequestMapping("/api/v1/models/{model}")
class VersionController {
    /** Room for a manifest of about 300,000 blocks. */
    private static final int LARGEST_MANIFEST_BYTES = Math.min(64 << 20, ManifestJson.LARGEST_BYTES);

    private final Versions versions;
    private final Models models;
    private final Stacks stacks;

    VersionController(Versions versions, Models models, Stacks stacks) {
        this.versions = versions;
        this.models = models;
        this.stacks = stacks;
    }

    /** Where an alias is to point. */
    record AliasTarget(@Min(1) int version) {}

    @PostMapping("/versions")
    ResponseEntity<VersionView> publish(
            @PathVariable String model,
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
        Versions.Published published = versions.publish(model, stacks.check(content), principal);
        Version version = published.version();
        return ResponseEntity.status(published.isNew() ? HttpStatus.CREATED : HttpStatus.OK)
                .location(URI.create("/api/v1/models/%s/versions/%d".formatted(model, version.number())))
                .body(VersionView.of(version));
    }

    @GetMapping("/versions")
    Page<VersionView> list(
            @PathVariable String model,
            @RequestParam(defaultValue = "0") @Min(0) int after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(
                versions.list(model, after, limit + 1),
                limit,
                VersionView::of,
                last -> Integer.toString(last.number()));
    }

    @GetMapping("/versions/{number}")
    VersionView get(@PathVariable String model, @PathVariable int number) {
        Version version = versions.require(model, number);
        return VersionView.of(
                version, ManifestJson.read(stacks.manifest(version.stack().digest())));
    }

    @GetMapping("/aliases")
    List<AliasView> aliases(@PathVariable String model) {
        return versions.aliases(models.require(model));
    }

    @PutMapping("/aliases/{alias}")
    AliasView point(
            @PathVariable String model,
            @PathVariable String alias,
            @Valid @RequestBody AliasTarget target,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return versions.point(model, alias, target.version(), principal);
    }

    @DeleteMapping("/aliases/{alias}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void removeAlias(
            @PathVariable String model,
            @PathVariable String alias,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        versions.removeAlias(model, alias, principal);
    }

    @GetMapping("/aliases/{alias}/history")
    Page<AliasChange.View> history(
            @PathVariable String model,
            @PathVariable String alias,
            @RequestParam(defaultValue = "0") long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(
                versions.history(model, alias, after, limit + 1),
                limit,
                view -> view,
                last -> Long.toString(last.id()));
    }
}
