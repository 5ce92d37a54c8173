package io.bitstack.gateway.upstream;

import io.bitstack.gateway.settings.GatewaySettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Set;
import java.util.concurrent.Executors;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The HTTP clients for everything behind the gateway. */
@Configuration(proxyBeanMethods = false)
class UpstreamBeans {
    private static final int LONGEST_HEADER_BYTES = 16 * 1024;
    private static final int MOST_HEADERS = 200;
    /** Shorter than servers keep a connection without a request. */
    private static final TimeValue IDLE = TimeValue.ofSeconds(10);

    private static final TimeValue LOOK_AFTER_IDLE = TimeValue.ofMilliseconds(500);

    private static final int MOST_CONNECTIONS = 10_000;

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

    /**
     * What the gateway hands on. It blocks: the thread that has a request writes and reads the connection behind by itself, and no other has to be woken for a
     * token. Redirects are the client's business: a blob's presigned address must not get the internal token.
     */
    @Bean(destroyMethod = "close")
    CloseableHttpClient upstreamHttp(GatewaySettings settings) {
        Http1Config bounds = Http1Config.custom()
                .setMaxLineLength(LONGEST_HEADER_BYTES)
                .setMaxHeaderCount(MOST_HEADERS)
                .build();
        // To look whether a kept connection is still open costs a millisecond, which a token should not wait for;
        // requests to nodes are sent again instead.
        ConnectionConfig looked = connections(settings, LOOK_AFTER_IDLE);
        ConnectionConfig notLooked = connections(settings, TimeValue.NEG_ONE_MILLISECOND);
        Set<String> services = Set.of(address(settings.registryUrl()), address(settings.compressionUrl()));
        return HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder()
                                .http1Config(bounds)
                                .build())
                        .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                        .setMaxConnPerRoute(MOST_CONNECTIONS)
                        .setMaxConnTotal(MOST_CONNECTIONS)
                        .setConnectionConfigResolver(
                                route -> services.contains(address(route.getTargetHost())) ? looked : notLooked)
                        .build())
                .evictIdleConnections(IDLE)
                .setRetryStrategy(new StaleConnections())
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .setUserAgent("bitstack-gateway")
                .build();
    }

    private static ConnectionConfig connections(GatewaySettings settings, TimeValue lookAfterIdle) {
        return ConnectionConfig.custom()
                .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                .setIdleTimeout(Timeout.of(IDLE.toDuration()))
                .setValidateAfterInactivity(lookAfterIdle)
                .build();
    }

    private static String address(URI uri) {
        return address(Upstream.host(uri));
    }

    private static String address(HttpHost host) {
        return host.toHostString();
    }
}
