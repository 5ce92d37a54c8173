package io.bitstack.registry.key;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Makes, verifies, rotates and revokes keys. */
@Service
class Keys {
    static final String PREFIX = "bsk_";
    /** How much of a key that was chosen elsewhere a list shows. */
    private static final int SHOWN_OF_PRESET = PREFIX.length() + 4;

    private static final String BOOTSTRAP = "bootstrap;admin";

    private final KeyRepository keys;
    private final Audit audit;

    Keys(KeyRepository keys, Audit audit) {
        this.keys = keys;
        this.audit = audit;
    }

    /** A key as it is shown once. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Made(
            String id,
            String name,
            Scope scope,
            String prefix,
            @Nullable Instant expiresAt,
            String key) {}

    /** A key that does not expire. */
    @Transactional
    Made create(String name, Scope scope, String principal) {
        return create(name, scope, null, principal);
    }

    @Transactional
    Made create(String name, Scope scope, @Nullable Instant expiresAt, String principal) {
        if (expiresAt != null && !expiresAt.isAfter(Instant.now())) {
            throw new ApiException(
                    ErrorCode.KEY_TERMS_INVALID,
                    "expiresAt is %s, which is past; name a later time".formatted(expiresAt));
        }
        return make(new ApiKey.Terms(Names.require("key's name", name), scope, expiresAt), principal);
    }

    private Made make(ApiKey.Terms terms, String principal) {
        String prefix = PREFIX + Secrets.prefix();
        return add(terms, prefix, prefix + "_" + Secrets.secret(), principal);
    }

    /** Takes a key that was chosen elsewhere, unless it is known already. */
    @Transactional
    void preset(String name, Scope scope, String key) {
        if (!key.startsWith(PREFIX) || key.length() < PREFIX.length() + 32) {
            throw new IllegalArgumentException(
                    "a preset %s key must be 'bsk_' and at least 32 random characters".formatted(scope.wireName()));
        }
        if (keys.findByHash(Secrets.hash(key)).isEmpty()) {
            add(new ApiKey.Terms(name, scope, null), key.substring(0, SHOWN_OF_PRESET), key, BOOTSTRAP);
        }
    }

    private Made add(ApiKey.Terms terms, String prefix, String key, String principal) {
        ApiKey made = keys.saveAndFlush(new ApiKey(Secrets.id(), terms, prefix, Secrets.hash(key), principal));
        audit.record(
                principal,
                "key.create",
                "%s %s %s".formatted(made.id(), terms.scope().wireName(), terms.name()));
        return new Made(made.id(), terms.name(), terms.scope(), prefix, terms.expiresAt(), key);
    }

    @Transactional(readOnly = true)
    boolean hasAdmin() {
        return keys.existsByScopeAndRevokedAtIsNull(Scope.ADMIN.wireName());
    }

    /** @throws ApiException {@code KEY_UNKNOWN} */
    @Transactional
    ApiKey.View verify(String key) {
        Instant now = Instant.now();
        ApiKey known = keys.findByHash(Secrets.hash(key))
                .filter(found -> found.isGood(now))
                .orElseThrow(() -> new ApiException(
                        ErrorCode.KEY_UNKNOWN,
                        "this API key is unknown, expired or revoked; ask an administrator for one"));
        known.used(now);
        return known.view();
    }

    @Transactional(readOnly = true)
    List<ApiKey.View> list(String after, int limit) {
        return keys.findByIdGreaterThanOrderById(after, Limit.of(limit)).stream()
                .map(ApiKey::view)
                .toList();
    }

    /** @throws ApiException {@code KEY_NOT_FOUND} */
    @Transactional(readOnly = true)
    ApiKey.View get(String id) {
        return require(id).view();
    }

    /**
     * Makes a key on the terms of another, which stays good for a while so that its users can be moved.
     *
     * @throws ApiException {@code KEY_NOT_FOUND}, {@code KEY_TERMS_INVALID} if the key is not good any more, or was rotated already
     */
    @Transactional
    Made rotate(String id, Duration overlap, String principal) {
        ApiKey old = require(id);
        Instant now = Instant.now();
        if (!old.isGood(now) || old.isReplaced()) {
            throw new ApiException(
                    ErrorCode.KEY_TERMS_INVALID,
                    "key '%s' is revoked, expired or rotated already; make a new one".formatted(id));
        }
        Made made = make(old.again(now), principal);
        old.replace(made.id(), now.plus(overlap));
        audit.record(principal, "key.rotate", "%s by %s".formatted(id, made.id()));
        return made;
    }

    @Transactional
    void revoke(String id, String principal) {
        require(id).revoke(Instant.now());
        audit.record(principal, "key.revoke", id);
    }

    private ApiKey require(String id) {
        return keys.findById(id)
                .orElseThrow(() -> new ApiException(ErrorCode.KEY_NOT_FOUND, "there is no key '%s'".formatted(id)));
    }
}
