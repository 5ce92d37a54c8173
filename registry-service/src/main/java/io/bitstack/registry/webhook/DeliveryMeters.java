package io.bitstack.registry.webhook;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** How many deliveries of webhooks wait, as a meter; every registry of a platform shows the same number. */
@Component
class DeliveryMeters {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryMeters.class);

    private final JdbcClient jdbc;
    private volatile double pending = Double.NaN;

    DeliveryMeters(JdbcClient jdbc, MeterRegistry registry) {
        this.jdbc = jdbc;
        Gauge.builder("bitstack.registry.deliveries.pending", this, meters -> meters.pending)
                .description("deliveries of webhooks that wait to be sent, or sent again")
                .register(registry);
    }

    @Scheduled(fixedDelay = 5000)
    void look() {
        try {
            pending = jdbc.sql("select count(*) from registry.webhook_deliveries where state = 'pending'")
                    .query(Long.class)
                    .single();
        } catch (DataAccessException e) {
            LOG.debug("deliveries cannot be counted", e);
            pending = Double.NaN;
        }
    }
}
