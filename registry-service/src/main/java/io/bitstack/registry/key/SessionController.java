package io.bitstack.registry.key;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** What the gateway asks about sessions; no client reaches these routes. */
@RestController
@RequestMapping("/api/v1/internal/sessions")
class SessionController {
    private static final int YEAR_SECONDS = 366 * 24 * 3600;

    private final Sessions sessions;
    private final Keys keys;

    SessionController(Sessions sessions, Keys keys) {
        this.sessions = sessions;
        this.keys = keys;
    }

    /**
     * A session to be opened, with a key or for whom a provider vouched.
     *
     * @param subject with a provider: its name for the person, after {@code oidc:}
     */
    record Wanted(
            @Nullable @Size(max = 200) String key,
            @Nullable @Size(max = 255) String subject,
            @Nullable @Size(max = 200) String name,
            @Nullable Scope scope,
            @Min(1) @Max(YEAR_SECONDS) int idleSeconds,
            @Min(1) @Max(YEAR_SECONDS) int lifetimeSeconds,
            @NotNull @Size(max = 64) String address,
            @NotNull @Size(max = 300) String userAgent) {
        Sessions.Terms terms() {
            return new Sessions.Terms(
                    Duration.ofSeconds(idleSeconds), Duration.ofSeconds(lifetimeSeconds), address, userAgent);
        }
    }

    /** The value of a session's cookie. */
    record Shown(@NotNull @Size(max = 200) String token) {}

    /** @param subject whose session it has to be; empty for anybody's */
    record Ending(@NotNull @Size(max = 255) String subject) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Sessions.View open(@Valid @RequestBody Wanted wanted) {
        if (wanted.key() != null) {
            ApiKey.View key = keys.verify(wanted.key());
            return sessions.open(
                    new Sessions.Owner(key.id(), "key:" + key.id(), key.name(), key.scope()), wanted.terms());
        }
        if (wanted.subject() == null || !wanted.subject().startsWith("oidc:") || wanted.scope() == null) {
            throw new ApiException(ErrorCode.SESSION_UNKNOWN, "a session is opened with a key, or a subject and scope");
        }
        String name = wanted.name() == null ? wanted.subject() : wanted.name();
        return sessions.open(new Sessions.Owner(null, wanted.subject(), name, wanted.scope()), wanted.terms());
    }

    @PostMapping("/verify")
    Sessions.View verify(@Valid @RequestBody Shown shown) {
        return sessions.verify(shown.token());
    }

    @GetMapping
    Page<Sessions.View> list(
            @RequestParam(defaultValue = "") String subject,
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(sessions.list(subject, after, limit + 1), limit, view -> view, Sessions.View::id);
    }

    @PostMapping("/{id}/end")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void end(
            @PathVariable String id,
            @Valid @RequestBody Ending ending,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        sessions.end(id, ending.subject(), principal);
    }
}
