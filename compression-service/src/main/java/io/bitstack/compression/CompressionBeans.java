package io.bitstack.compression;

import io.bitstack.compression.encode.Compressor;
import io.bitstack.compression.encode.StackCompressor;
import io.bitstack.compression.linalg.Nd4jLinearAlgebra;
import io.bitstack.compression.publish.ManifestWriter;
import io.bitstack.compression.reuse.PartRepository;
import io.bitstack.core.stack.ManifestJson;
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
}
