package io.bitstack.inference.node;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Ready means that at least the minimal prefix of a model is in memory. */
@Component("model")
class ModelHealth implements HealthIndicator {
    private final Convergence convergence;

    ModelHealth(Convergence convergence) {
        this.convergence = convergence;
    }

    @Override
    public Health health() {
        NodeState state = convergence.state();
        return (state == NodeState.READY ? Health.up() : Health.outOfService())
                .withDetail("state", state.wireName())
                .build();
    }
}
