package io.bitstack.gateway.identity;

import io.bitstack.gateway.registry.RegistryClient;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.access.Role;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Asks the registry whose a key is, and takes its word for a short while. */
@Component
class KeyVerifier {
    private final RegistryClient registry;
    private final Remembered remembered;

    KeyVerifier(RegistryClient registry, GatewaySettings settings) {
        this.registry = registry;
        this.remembered = new Remembered(settings.keyCache());
    }

    /** Whose key it is if the registry said so a short while ago. */
    Optional<Principal> cached(String key) {
        return remembered.get(key, () -> ask(key));
    }

    /** Asks the registry whose key it is; empty when it is nobody's or its scope is unknown here. */
    Optional<Principal> verify(String key) {
        return remembered.learn(key, ask(key));
    }

    private Optional<Remembered.Owner> ask(String key) {
        return registry.verifyKey(key)
                .flatMap(found -> Role.ofScope(found.scope())
                        .map(role -> new Remembered.Owner(
                                new Principal(found.id(), found.name(), role, null),
                                found.expiresAt() == null ? Instant.MAX : found.expiresAt())));
    }
}
