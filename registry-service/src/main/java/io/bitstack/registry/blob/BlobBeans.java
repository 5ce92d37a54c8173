package io.bitstack.registry.blob;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.registry.settings.RegistrySettings;
import java.io.IOException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The blob store that the settings name. */
@Configuration(proxyBeanMethods = false)
class BlobBeans {
    @Bean
    BlobStore blobStore(RegistrySettings settings) throws IOException {
        return BlobStores.open(settings.blobs());
    }
}
