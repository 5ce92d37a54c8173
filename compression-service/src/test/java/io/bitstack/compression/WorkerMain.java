package io.bitstack.compression;

import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.reuse.PartRepository;
import io.bitstack.core.codec.PlainLinearAlgebra;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.support.GenericApplicationContext;

/** The service in a JVM of its own that a test kills; as in production, but with the linear algebra that starts at once. */
final class WorkerMain {
    private WorkerMain() {}

    public static void main(String[] arguments) {
        new SpringApplicationBuilder(CompressionApplication.class)
                .properties("spring.config.name=" + CompressionApplication.CONFIG_NAME)
                .initializers(application -> {
                    GenericApplicationContext context = (GenericApplicationContext) application;
                    context.registerBean(
                            Compressor.class,
                            () -> new StackCompressor(
                                    new PlainLinearAlgebra(), 1, context.getBean(PartRepository.class)));
                })
                .run(arguments);
    }
}
