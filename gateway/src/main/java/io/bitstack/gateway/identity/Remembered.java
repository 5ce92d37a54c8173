package io.bitstack.gateway.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.bitstack.service.ApiException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose secrets are, for a short while after it was asked; keeps hashes of secrets, never secrets. What is in use is asked again when half of that while is over, so that no
 * request has to wait for it.
 */
final class Remembered {
    private static final Logger LOG = LoggerFactory.getLogger(Remembered.class);
    private static final int MOST = 10_000;

    private final Cache<String, Known> known;
    private final long freshNanos;

    Remembered(Duration keep) {
        this(keep, keep.dividedBy(2));
    }

    /** @param fresh how long nothing is asked again */
    Remembered(Duration keep, Duration fresh) {
        this.known = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterWrite(keep)
                .executor(Runnable::run)
                .build();
        this.freshNanos = fresh.toNanos();
    }

    /**
     * Whose a secret is.
     *
     * @param until when the secret ends by itself
     */
    record Owner(Principal principal, Instant until) {}

    private record Known(Owner owner, long sinceNanos, AtomicBoolean isAskedAgain) {
        static Known now(Owner owner) {
            return new Known(owner, System.nanoTime(), new AtomicBoolean());
        }
    }

    /**
     * Whose a secret is, if that was asked a short while ago.
     *
     * @param ask asks again, on a thread of its own; if it throws, the next request will have to ask for itself
     */
    Optional<Principal> get(String secret, Supplier<Optional<Owner>> ask) {
        String hash = hash(secret);
        Known entry = known.getIfPresent(hash);
        if (entry == null || !Instant.now().isBefore(entry.owner().until())) {
            return Optional.empty();
        }
        if (System.nanoTime() - entry.sinceNanos() >= freshNanos
                && entry.isAskedAgain().compareAndSet(false, true)) {
            Thread.ofVirtual().name("ask-again").start(() -> askAgain(hash, ask));
        }
        return Optional.of(entry.owner().principal());
    }

    private void askAgain(String hash, Supplier<Optional<Owner>> ask) {
        try {
            Known next = ask.get().map(Known::now).orElse(null);
            // What was forgotten in the meantime, since somebody logged out, stays forgotten.
            known.asMap().computeIfPresent(hash, (_, _) -> next);
        } catch (ApiException e) {
            LOG.debug("whose a secret is could not be asked again in time", e);
        }
    }

    /** Takes what was just learned about a secret; nothing is remembered about one that is nobody's. */
    Optional<Principal> learn(String secret, Optional<Owner> owner) {
        owner.ifPresentOrElse(found -> known.put(hash(secret), Known.now(found)), () -> known.invalidate(hash(secret)));
        return owner.map(Owner::principal);
    }

    void forget(Predicate<Principal> which) {
        known.asMap().values().removeIf(entry -> which.test(entry.owner().principal()));
    }

    private static String hash(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            // Only compared: a character for each byte will do.
            return new String(digest, StandardCharsets.ISO_8859_1);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
