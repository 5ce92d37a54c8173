package io.bitstack.gateway.upstream;

import io.bitstack.gateway.settings.GatewaySettings;
import java.net.http.HttpClient;
import java.util.Set;
import java.util.concurrent.Executors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** How the gateway reaches what is behind it. */
@Configuration(proxyBeanMethods = false)
class UpstreamBeans {
    /** What the gateway asks the registry for itself. */
    @Bean(destroyMethod = "shutdownNow")
    HttpClient registryHttp(GatewaySettings settings) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    /** What the gateway hands on. */
    @Bean(destroyMethod = "close")
    KeptConnections upstreamConnections(GatewaySettings settings) {
        return new KeptConnections(
                settings.connectTimeout(),
                Set.of(Upstream.host(settings.registryUrl()), Upstream.host(settings.compressionUrl())));
    }
}
