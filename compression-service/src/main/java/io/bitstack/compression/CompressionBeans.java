package io.bitstack.compression;

import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.publish.ManifestWriter;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.stack.ManifestJson;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the jobs are run with. */
@Configuration(proxyBeanMethods = false)
class CompressionBeans {
    @Bean
    @ConditionalOnMissingBean
    Compressor compressor() {
        return new StackCompressor(
                new PlainLinearAlgebra(), Runtime.getRuntime().availableProcessors());
    }

    @Bean
    @ConditionalOnMissingBean
    ManifestWriter manifestWriter() {
        return ManifestJson::write;
    }

    @Bean
    @ConditionalOnMissingBean
    BlobStore blobStore(
            @Value("${bitstack.blobs.type}") String type, @Value("${bitstack.blobs.directory}") Path directory)
            throws IOException {
        if (!type.equals("file")) {
            throw new IllegalStateException(
                    "bitstack.blobs.type is '%s'; file is the only store there is so far".formatted(type));
        }
        return new FileBlobStore(directory);
    }
}
