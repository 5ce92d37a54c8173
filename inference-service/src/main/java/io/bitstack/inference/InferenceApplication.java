package io.bitstack.inference;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** An inference node: holds the prefix of a stack that fits its memory and serves it. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class InferenceApplication {
    /** The name of the configuration file, {@code inference.yml}; several services may share a class path. */
    public static final String CONFIG_NAME = "inference";

    public static void main(String[] args) {
        new SpringApplicationBuilder(InferenceApplication.class)
                .properties("spring.config.name=" + CONFIG_NAME)
                .run(args);
    }
}
