package io.bitstack.compression;

import io.bitstack.service.ServiceApi;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Import;

/** The compression service: takes jobs over REST and turns model directories into published stacks. */
@SpringBootApplication
@ConfigurationPropertiesScan
@Import(ServiceApi.class)
public class CompressionApplication {
    /** The name of the configuration file, {@code compression.yml}; several services may share a class path. */
    public static final String CONFIG_NAME = "compression";

    public static void main(String[] args) {
        new SpringApplicationBuilder(CompressionApplication.class)
                .properties("spring.config.name=" + CONFIG_NAME)
                .run(args);
    }
}
