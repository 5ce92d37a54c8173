package io.bitstack.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.compression.settings.CompressionSettings;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.S3Server;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** The service's own configuration file leads to the store that the operator's variables name. */
class BlobStoreSettingsTest {
    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(CompressionSettings.class)
    static class Settings {}

    private final ApplicationContextRunner service = new ApplicationContextRunner()
            .withSystemProperties("spring.config.name=" + CompressionApplication.CONFIG_NAME)
            .withInitializer(new ConfigDataApplicationContextInitializer())
            .withUserConfiguration(Settings.class, StorageBeans.class);

    @Test
    void anS3ServerKeepsTheBlobs() throws Exception {
        try (S3Server server = S3Server.start()) {
            service.withPropertyValues(
                            "BITSTACK_BLOBS_TYPE=s3",
                            "BITSTACK_BLOBS_ENDPOINT=" + server.endpoint(),
                            "BITSTACK_BLOBS_PUBLIC_ENDPOINT=https://blobs.example.org",
                            "BITSTACK_BLOBS_BUCKET=from-spring",
                            "BITSTACK_BLOBS_ACCESS_KEY=" + server.accessKey(),
                            "BITSTACK_BLOBS_SECRET_KEY=" + server.secretKey())
                    .run(context -> {
                        BlobStore store = context.getBean(BlobStore.class);
                        byte[] content = {1, 2, 3, 4, 5};
                        Descriptor stored = store.put(ByteBuffer.wrap(content));
                        assertThat(store.read(stored.digest(), 5)).isEqualTo(content);
                        URI url = store.presignedUrl(stored.digest(), Duration.ofMinutes(5))
                                .orElseThrow();
                        assertThat(url.getHost()).isEqualTo("blobs.example.org");
                        assertThat(url.getPath()).startsWith("/from-spring/blobs/sha256/");
                    });
        }
    }

    @Test
    void aDirectoryKeepsTheBlobs(@TempDir Path directory) {
        service.withPropertyValues("BITSTACK_BLOBS_DIRECTORY=" + directory.resolve("b"))
                .run(context -> {
                    context.getBean(BlobStore.class).put(ByteBuffer.wrap(new byte[] {1}));
                    assertThat(directory.resolve("b")).isNotEmptyDirectory();
                });
    }

    @Test
    void anUnknownTypeStopsTheStartAndSaysWhatToSet() {
        service.withPropertyValues("BITSTACK_BLOBS_TYPE=ftp")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("bitstack.blobs.type is 'ftp'; set it to file or s3"));
    }
}
