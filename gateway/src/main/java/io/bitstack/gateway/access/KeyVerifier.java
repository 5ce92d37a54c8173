package io.bitstack.gateway.access;

import io.bitstack.gateway.registry.RegistryClient;
import io.bitstack.gateway.settings.GatewaySettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Asks the registry whose a key is, and takes its word for a short while; keeps hashes of keys, never keys. */
@Component
class KeyVerifier {
    private static final int MAX_KEYS = 10_000;

    private final RegistryClient registry;
    private final long keepNanos;
    private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > MAX_KEYS;
        }
    };

    KeyVerifier(RegistryClient registry, GatewaySettings settings) {
        this.registry = registry;
        this.keepNanos = settings.keyCache().toNanos();
    }

    /** Whose key it is if the registry said so a short while ago. */
    Optional<Principal> cached(String key) {
        synchronized (known) {
            Known entry = known.get(hash(key));
            return entry == null || System.nanoTime() - entry.atNanos() > keepNanos
                    ? Optional.empty()
                    : Optional.of(entry.principal());
        }
    }

    /** Asks the registry whose key it is; empty when it is nobody's or its scope is unknown here. */
    Optional<Principal> verify(String key) {
        Optional<Principal> principal = registry.verifyKey(key)
                .flatMap(found -> Scope.of(found.scope()).map(scope -> new Principal(found.id(), found.name(), scope)));
        synchronized (known) {
            principal.ifPresentOrElse(
                    who -> known.put(hash(key), new Known(who, System.nanoTime())), () -> known.remove(hash(key)));
        }
        return principal;
    }

    private static String hash(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private record Known(Principal principal, long atNanos) {}
}
