package io.bitstack.gateway.upstream;

import io.bitstack.gateway.settings.GatewaySettings;
import java.net.http.HttpClient;
import java.util.concurrent.Executors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The HTTP client for everything behind the gateway. */
@Configuration(proxyBeanMethods = false)
class UpstreamBeans {
    /** Redirects are the client's business: a blob's presigned address must not get the internal token. */
    @Bean(destroyMethod = "shutdownNow")
    HttpClient upstreamHttp(GatewaySettings settings) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }
}
