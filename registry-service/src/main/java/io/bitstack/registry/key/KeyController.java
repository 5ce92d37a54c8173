package io.bitstack.registry.key;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of keys. */
@RestController
@RequestMapping("/api/v1")
class KeyController {
    private static final long LONGEST_OVERLAP_SECONDS = 90L * 24 * 3600;
    private static final long OVERLAP_SECONDS = 24L * 3600;

    private final Keys keys;

    KeyController(Keys keys) {
        this.keys = keys;
    }

    /**
     * A key to be made.
     *
     * @param expiresAt when it ends; absent: never
     */
    record Wanted(
            @NotNull String name,
            @NotNull Scope scope,
            @Nullable Instant expiresAt) {}

    /**
     * What is to be another way; what is left out stays.
     *
     * @param neverExpires true takes the end away
     */
    record Change(
            @Nullable String name,
            @Nullable Instant expiresAt,
            @Nullable Boolean neverExpires) {}

    /**
     * How a key is to be rotated.
     *
     * @param overlapSeconds how long the old one stays good; a day if absent
     */
    record Rotation(
            @Nullable @Min(0) @Max(LONGEST_OVERLAP_SECONDS) Long overlapSeconds) {}

    /** A key to be verified. */
    record Shown(@NotNull @Size(max = 200) String key) {}

    @PostMapping("/keys")
    @ResponseStatus(HttpStatus.CREATED)
    Keys.Made create(
            @Valid @RequestBody Wanted wanted,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return keys.create(wanted.name(), wanted.scope(), wanted.expiresAt(), principal);
    }

    @GetMapping("/keys")
    Page<ApiKey.View> list(
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(keys.list(after, limit + 1), limit, view -> view, ApiKey.View::id);
    }

    @GetMapping("/keys/{id}")
    ApiKey.View get(@PathVariable String id) {
        return keys.get(id);
    }

    @PatchMapping("/keys/{id}")
    ApiKey.View change(
            @PathVariable String id,
            @Valid @RequestBody Change change,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return keys.change(
                id, change.name(), change.expiresAt(), Boolean.TRUE.equals(change.neverExpires()), principal);
    }

    @PostMapping("/keys/{id}/rotate")
    @ResponseStatus(HttpStatus.CREATED)
    Keys.Made rotate(
            @PathVariable String id,
            @Valid @RequestBody Rotation rotation,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        Long overlap = rotation.overlapSeconds();
        return keys.rotate(id, Duration.ofSeconds(overlap == null ? OVERLAP_SECONDS : overlap), principal);
    }

    @DeleteMapping("/keys/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(
            @PathVariable String id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        keys.revoke(id, principal);
    }

    @PostMapping("/internal/keys/verify")
    ApiKey.View verify(@Valid @RequestBody Shown shown) {
        return keys.verify(shown.key());
    }
}
