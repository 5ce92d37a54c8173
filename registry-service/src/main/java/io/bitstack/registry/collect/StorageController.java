package io.bitstack.registry.collect;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Caller;
import io.bitstack.registry.scrub.BadBlob;
import io.bitstack.registry.scrub.ScrubKind;
import io.bitstack.registry.scrub.ScrubResults;
import io.bitstack.registry.settings.RegistrySettings;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The routes of storage. */
@RestController
@RequestMapping("/api/v1")
class StorageController {
    private static final int MOST_CHECKED = 10_000;

    private final Collector collector;
    private final StorageCheck check;
    private final ScrubResults results;
    private final long graceSeconds;

    StorageController(Collector collector, StorageCheck check, ScrubResults results, RegistrySettings settings) {
        this.collector = collector;
        this.check = check;
        this.results = results;
        this.graceSeconds = settings.registry().collectionGrace().toSeconds();
    }

    /**
     * How to collect.
     *
     * @param dryRun true if left out
     * @param graceSeconds how long something must have been garbage; the setting if left out
     */
    record Wanted(
            @Nullable Boolean dryRun,
            @Nullable @Min(0) @Max(31_536_000) Long graceSeconds) {}

    @PostMapping("/storage/collect")
    CollectionReport collect(
            @Valid @RequestBody Wanted wanted,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        boolean dryRun = !Boolean.FALSE.equals(wanted.dryRun());
        Long grace = wanted.graceSeconds();
        return collector.collect(dryRun, grace == null ? graceSeconds : grace, principal);
    }

    @GetMapping("/storage")
    StorageCheck.Totals totals() {
        return check.totals();
    }

    /** How often a blob is named, counted now. */
    @GetMapping("/blobs/{digest}/references")
    StorageCheck.References references(@PathVariable Digest digest) {
        return check.references(digest);
    }

    /** Looks whether the store has what the database names, by digest, a page at a time. */
    @PostMapping("/storage/check")
    StorageCheck.Found check(
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "1000") @Min(1) @Max(MOST_CHECKED) int limit,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        long start = System.nanoTime();
        return noted(ScrubKind.STORE, "", after, start, check.present(after, limit), principal);
    }

    /** Reads the blobs of a stack and compares their digests, a page at a time. */
    @PostMapping("/stacks/{digest}/verify")
    StorageCheck.Found verify(
            @PathVariable Digest digest,
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "1000") @Min(1) @Max(MOST_CHECKED) int limit,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        long start = System.nanoTime();
        return noted(ScrubKind.STACK, digest.toString(), after, start, check.verified(digest, after, limit), principal);
    }

    private StorageCheck.Found noted(
            ScrubKind kind, String subject, String after, long startNanos, StorageCheck.Found found, String principal) {
        List<BadBlob> bad = found.bad().stream()
                .map(one -> new BadBlob(one.digest(), one.sizeBytes(), one.fault()))
                .toList();
        Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
        results.checked(
                kind,
                subject,
                new ScrubResults.CheckedPage(
                        after, found.next(), found.checkedBlobs(), found.checkedBytes(), bad, took),
                principal);
        return found;
    }
}
