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

    /** Later is never. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

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
        if (expiresAt != null) {
            requireLater(expiresAt);
        }
        return make(new ApiKey.Terms(named(name, scope), scope, expiresAt), principal);
    }

    private static String named(String name, Scope scope) {
        boolean isForAnyNode = scope == Scope.NODE && name.equals(NodeKeys.ANY_NODE);
        return isForAnyNode ? name : Names.require("key's name", name);
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

    /**
     * Gives a key another name, or another end. Its scope is never changed, nor is the name of a node's key, which says whose it is.
     *
     * @param name null to keep it
     * @param expiresAt null to keep it, unless {@code isEndless}
     * @throws ApiException {@code KEY_NOT_FOUND}, {@code NAME_INVALID}, {@code KEY_TERMS_INVALID}
     */
    @Transactional
    ApiKey.View change(
            String id, @Nullable String name, @Nullable Instant expiresAt, boolean isEndless, String principal) {
        ApiKey key = require(id);
        if (!key.isGood(Instant.now()) || key.isReplaced()) {
            throw new ApiException(
                    ErrorCode.KEY_TERMS_INVALID,
                    "key '%s' is revoked, expired or rotated already; make a new one".formatted(id));
        }
        if (expiresAt != null && isEndless) {
            throw new ApiException(
                    ErrorCode.KEY_TERMS_INVALID, "a key that expires never has no expiresAt; send one of the two");
        }
        if (expiresAt != null) {
            requireLater(expiresAt);
        }
        ApiKey.Terms terms = key.terms();
        if (name != null && terms.scope() == Scope.NODE && !name.equals(terms.name())) {
            throw new ApiException(
                    ErrorCode.KEY_TERMS_INVALID,
                    "the name of a node's key says whose it is; make another key for node '%s'".formatted(name));
        }
        Instant until = expiresAt != null ? expiresAt : isEndless ? null : terms.expiresAt();
        key.change(name == null ? terms.name() : named(name, terms.scope()), until);
        audit.record(
                principal,
                "key.change",
                "%s %s, %s".formatted(id, key.terms().name(), until == null ? "endless" : "until " + until));
        return key.view();
    }

    private static void requireLater(Instant expiresAt) {
        if (!expiresAt.isAfter(Instant.now()) || expiresAt.isAfter(LATEST)) {
            throw new ApiException(
                    ErrorCode.KEY_TERMS_INVALID,
                    "expiresAt is %s; name a time from now on, until %s".formatted(expiresAt, LATEST));
        }
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
