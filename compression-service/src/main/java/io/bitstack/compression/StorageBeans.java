package io.bitstack.compression;

import io.bitstack.compression.settings.CompressionSettings;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.BlobStores;
import java.io.IOException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Where blobs are kept. */
@Configuration(proxyBeanMethods = false)
class StorageBeans {
    @Bean
    @ConditionalOnMissingBean
    BlobStore blobStore(CompressionSettings settings) throws IOException {
        return BlobStores.open(settings.requiredBlobs());
    }
}
