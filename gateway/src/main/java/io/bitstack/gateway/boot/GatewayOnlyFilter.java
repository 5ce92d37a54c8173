package io.bitstack.gateway.boot;

import io.bitstack.gateway.GatewayApplication;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Switches Spring Cloud's auto-configuration off in every context but the gateway's: services that share a JVM share
 * the class path, and Spring Cloud would otherwise set itself up in each of them.
 */
class GatewayOnlyFilter implements AutoConfigurationImportFilter, EnvironmentAware {
    private static final String SPRING_CLOUD = "org.springframework.cloud.";

    private boolean isGateway;

    @Override
    public void setEnvironment(Environment environment) {
        isGateway = GatewayApplication.CONFIG_NAME.equals(environment.getProperty("spring.config.name"));
    }

    @Override
    public boolean[] match(@Nullable String[] autoConfigurations, AutoConfigurationMetadata metadata) {
        boolean[] wanted = new boolean[autoConfigurations.length];
        for (int i = 0; i < wanted.length; i++) {
            String name = autoConfigurations[i];
            wanted[i] = isGateway || name == null || !name.startsWith(SPRING_CLOUD);
        }
        return wanted;
    }
}
