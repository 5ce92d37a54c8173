package io.bitstack.registry.node;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of join tokens, and of joining. */
@RestController
@RequestMapping("/api/v1")
class JoinController {
    private static final long DEFAULT_SECONDS = Duration.ofHours(24).toSeconds();
    private static final long MOST_SECONDS = 366L * 24 * 3600;

    private final JoinTokens tokens;
    private final Joining joining;

    JoinController(JoinTokens tokens, Joining joining) {
        this.tokens = tokens;
        this.joining = joining;
    }

    /**
     * A token to be made.
     *
     * @param reusable whether more than one node may join with it; one alone if left out
     * @param expiresInSeconds a day if left out
     * @param labels that each node gets that joins with it
     */
    record WantedToken(
            @NotNull String name,
            @Nullable Boolean reusable,
            @Nullable @Min(1) @Max(MOST_SECONDS) Long expiresInSeconds,
            @Nullable @Size(max = 64) Map<@Size(max = 63) String, @Size(max = 200) String> labels) {}

    /** A token to be verified. */
    record ShownToken(@NotNull @Size(max = 200) String token) {}

    /** @param name what the node wants to be called */
    record Newcomer(@NotNull String name) {}

    @PostMapping("/join-tokens")
    @ResponseStatus(HttpStatus.CREATED)
    JoinTokens.Made create(
            @Valid @RequestBody WantedToken wanted,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        Long seconds = wanted.expiresInSeconds();
        Map<String, String> labels = wanted.labels();
        return tokens.create(
                wanted.name(),
                Boolean.TRUE.equals(wanted.reusable()),
                labels == null ? Map.of() : labels,
                Duration.ofSeconds(seconds == null ? DEFAULT_SECONDS : seconds),
                principal);
    }

    @GetMapping("/join-tokens")
    Page<JoinTokens.View> list(
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(tokens.list(after, limit + 1), limit, view -> view, JoinTokens.View::id);
    }

    @DeleteMapping("/join-tokens/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void revoke(
            @PathVariable String id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        tokens.revoke(id, principal);
    }

    /** A node joins: it shows a join token to the gateway, and gets a key of its own. */
    @PostMapping("/join")
    @ResponseStatus(HttpStatus.CREATED)
    Joining.Joined join(
            @Valid @RequestBody Newcomer newcomer,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return joining.join(newcomer.name(), principal);
    }

    /** For the gateway alone: whether a token could be used now. */
    @PostMapping("/internal/join-tokens/verify")
    Verified verify(@Valid @RequestBody ShownToken shown) {
        JoinTokens.View known = tokens.verify(shown.token());
        return new Verified(known.id(), known.name(), "join");
    }

    /** As the answer about a key is. */
    record Verified(String id, String name, String scope) {}
}
