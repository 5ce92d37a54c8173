package io.bitstack.gateway;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The gateway: checks API keys and limits, and routes to the services, to a node, or to the web admin's files. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class GatewayApplication {
    /** The name of the configuration file, {@code gateway.yml}; several services may share a class path. */
    public static final String CONFIG_NAME = "gateway";

    public static void main(String[] args) {
        new SpringApplicationBuilder(GatewayApplication.class)
                .properties("spring.config.name=" + CONFIG_NAME)
                .run(args);
    }
}
