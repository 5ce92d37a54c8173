package io.bitstack.registry;

import io.bitstack.service.ServiceApi;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;

/** The registry service. */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
@Import(ServiceApi.class)
public class RegistryApplication {
    /** The name of the configuration file, {@code registry.yml}; several services may share a class path. */
    public static final String CONFIG_NAME = "registry";

    public static void main(String[] args) {
        new SpringApplicationBuilder(RegistryApplication.class)
                .properties("spring.config.name=" + CONFIG_NAME)
                .run(args);
    }
}
