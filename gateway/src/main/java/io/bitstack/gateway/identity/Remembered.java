package io.bitstack.gateway.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Predicate;

/** Whose secrets are, for a short while after it was asked; keeps hashes of secrets, never secrets. */
final class Remembered {
    private static final int MOST = 10_000;

    private final Cache<String, Known> known;

    Remembered(Duration keep) {
        this.known =
                Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(keep).build();
    }

    private record Known(Principal principal, Instant until) {}

    Optional<Principal> get(String secret) {
        return Optional.ofNullable(known.getIfPresent(hash(secret)))
                .filter(entry -> Instant.now().isBefore(entry.until()))
                .map(Known::principal);
    }

    /** @param until when the secret ends by itself */
    void put(String secret, Principal principal, Instant until) {
        known.put(hash(secret), new Known(principal, until));
    }

    void forget(String secret) {
        known.invalidate(hash(secret));
    }

    void forget(Predicate<Principal> which) {
        known.asMap().values().removeIf(entry -> which.test(entry.principal()));
    }

    private static String hash(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
