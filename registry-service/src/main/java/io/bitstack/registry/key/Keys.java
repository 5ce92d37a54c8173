package io.bitstack.registry.key;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Names;
import io.bitstack.registry.audit.Audit;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Makes, verifies and revokes keys. A key has 256 random bits, so a plain hash of it cannot be searched. */
@Service
class Keys {
    static final String PREFIX = "bsk_";
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 8;

    private final KeyRepository keys;
    private final Audit audit;
    private final SecureRandom random = new SecureRandom();

    Keys(KeyRepository keys, Audit audit) {
        this.keys = keys;
        this.audit = audit;
    }

    /** A key as it is shown once. */
    record Made(String id, String name, Scope scope, String key) {}

    @Transactional
    Made create(String name, Scope scope, String principal) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        String key = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        return add(Names.require("key's name", name), scope, key, principal);
    }

    /** Takes a key that was chosen elsewhere, unless it is known already. */
    @Transactional
    void preset(String name, Scope scope, String key) {
        if (!key.startsWith(PREFIX) || key.length() < PREFIX.length() + 32) {
            throw new IllegalArgumentException(
                    "a preset %s key must be 'bsk_' and at least 32 random characters".formatted(scope.wireName()));
        }
        if (keys.findByHash(hash(key)).isEmpty()) {
            add(name, scope, key, "bootstrap;admin");
        }
    }

    private Made add(String name, Scope scope, String key, String principal) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        ApiKey made = keys.saveAndFlush(new ApiKey(HexFormat.of().formatHex(id), name, scope, hash(key)));
        audit.record(principal, "key.create", "%s %s %s".formatted(made.id(), scope.wireName(), name));
        return new Made(made.id(), name, scope, key);
    }

    @Transactional(readOnly = true)
    boolean hasAdmin() {
        return keys.existsByScopeAndRevokedAtIsNull(Scope.ADMIN.wireName());
    }

    /** @throws ApiException {@code KEY_UNKNOWN} */
    @Transactional(readOnly = true)
    ApiKey.View verify(String key) {
        return keys.findByHash(hash(key))
                .filter(known -> !known.isRevoked())
                .map(ApiKey::view)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.KEY_UNKNOWN, "this API key is not known; ask an administrator for one"));
    }

    @Transactional(readOnly = true)
    List<ApiKey.View> list(String after, int limit) {
        return keys.findByIdGreaterThanOrderById(after, Limit.of(limit)).stream()
                .map(ApiKey::view)
                .toList();
    }

    @Transactional
    void revoke(String id, String principal) {
        ApiKey key = keys.findById(id)
                .orElseThrow(() -> new ApiException(ErrorCode.KEY_NOT_FOUND, "there is no key '%s'".formatted(id)));
        key.revoke(Instant.now());
        audit.record(principal, "key.revoke", id);
    }

    private static String hash(String key) {
        return Digest.of(key.getBytes(StandardCharsets.UTF_8)).hex();
    }
}
