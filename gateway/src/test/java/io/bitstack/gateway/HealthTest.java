package io.bitstack.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A gateway whose registry is silent is alive, and ready for as long as it goes by what it heard last. */
class HealthTest {
    private static final String READINESS = "/actuator/health/readiness";
    private static final String LIVENESS = "/actuator/health/liveness";

    @Test
    void readinessFollowsTheRegistryAndLivenessDoesNot() throws Exception {
        try (GatewayFixture gateway = new GatewayFixture("--bitstack.gateway.keep-nodes=1s")) {
            await(gateway, 200);
            assertThat(gateway.management(LIVENESS).statusCode()).isEqualTo(200);
            assertThat(gateway.get(GatewayFixture.ADMIN, "/actuator/prometheus").statusCode())
                    .as("not on the port that clients use")
                    .isEqualTo(404);
            gateway.registry.close();
            await(gateway, 503);
            assertThat(gateway.management(LIVENESS).statusCode()).isEqualTo(200);
        }
    }

    private static void await(GatewayFixture gateway, int readiness) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (gateway.management(READINESS).statusCode() != readiness) {
            assertThat(System.nanoTime())
                    .as("readiness never becomes " + readiness)
                    .isLessThan(endNanos);
            Thread.sleep(20);
        }
    }
}
