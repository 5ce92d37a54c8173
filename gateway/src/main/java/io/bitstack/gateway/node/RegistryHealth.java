package io.bitstack.gateway.node;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Ready means that the gateway knows keys and nodes, which it has from the registry: without it, those that it heard of last are used for a while. */
@Component("registry")
class RegistryHealth implements HealthIndicator {
    private final NodeDirectory directory;

    RegistryHealth(NodeDirectory directory) {
        this.directory = directory;
    }

    @Override
    public Health health() {
        return directory.isKnown() ? Health.up().build() : Health.outOfService().build();
    }
}
