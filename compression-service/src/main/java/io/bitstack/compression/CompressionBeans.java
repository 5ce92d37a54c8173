package io.bitstack.compression;

import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.compression.publish.ManifestWriter;
import io.bitstack.compression.reuse.PartRepository;
import io.bitstack.compression.settings.CompressionSettings;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.BlobStores;
import io.bitstack.core.stack.ManifestJson;
import java.io.IOException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the jobs are run with. */
@Configuration(proxyBeanMethods = false)
class CompressionBeans {
    @Bean
    @ConditionalOnMissingBean
    Compressor compressor(PartRepository memory) {
        return new StackCompressor(new Nd4jLinearAlgebra(), Runtime.getRuntime().availableProcessors(), memory);
    }

    @Bean
    @ConditionalOnMissingBean
    ManifestWriter manifestWriter() {
        return ManifestJson::write;
    }

    @Bean
    @ConditionalOnMissingBean
    BlobStore blobStore(CompressionSettings settings) throws IOException {
        return BlobStores.open(settings.requiredBlobs());
    }
}
