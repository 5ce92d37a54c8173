package io.bitstack.inference.trust;

import io.bitstack.inference.pull.Platform;
import io.bitstack.inference.settings.NodeSettings;
import java.io.IOException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the parts of trust together. */
@Configuration(proxyBeanMethods = false)
class TrustBeans {
    private static final int LARGEST_DOCUMENT_BYTES = 1 << 20;

    @Bean
    ManifestTrust manifestTrust(TrustSettings trust, NodeSettings node, Platform platform) throws IOException {
        return new ManifestTrust(
                trust, node.cacheDirectory().resolve("trust"), path -> platform.document(path, LARGEST_DOCUMENT_BYTES));
    }
}
