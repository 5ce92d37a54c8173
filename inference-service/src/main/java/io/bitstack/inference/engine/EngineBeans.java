package io.bitstack.inference.engine;

import io.bitstack.core.kernel.FixedRowPool;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The engine and the threads that it works on. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EngineSettings.class)
class EngineBeans {
    @Bean(destroyMethod = "close")
    FixedRowPool rowPool(EngineSettings settings) {
        return new FixedRowPool(settings.workers());
    }

    @Bean
    Engine engine(EngineSettings settings, FixedRowPool rowPool, MeterRegistry registry) {
        return new Engine(settings, rowPool, registry);
    }
}
