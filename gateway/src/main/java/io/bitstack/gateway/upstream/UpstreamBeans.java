package io.bitstack.gateway.upstream;

import io.bitstack.gateway.settings.GatewaySettings;
import java.net.http.HttpClient;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** How the gateway reaches what is behind it. */
@Configuration(proxyBeanMethods = false)
class UpstreamBeans {
    /** Whose certificates are taken behind the gateway. */
    private static SSLContext trusted(GatewaySettings settings, SslBundles bundles) throws NoSuchAlgorithmException {
        String bundle = settings.sslBundle();
        return bundle == null
                ? SSLContext.getDefault()
                : bundles.getBundle(bundle).createSslContext();
    }

    /** What the gateway asks the registry for itself. */
    @Bean(destroyMethod = "shutdownNow")
    HttpClient registryHttp(GatewaySettings settings, SslBundles bundles) throws NoSuchAlgorithmException {
        return HttpClient.newBuilder()
                .sslContext(trusted(settings, bundles))
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    /** What the gateway hands on. */
    @Bean(destroyMethod = "close")
    KeptConnections upstreamConnections(GatewaySettings settings, SslBundles bundles) throws NoSuchAlgorithmException {
        return new KeptConnections(
                settings.connectTimeout(),
                trusted(settings, bundles).getSocketFactory(),
                Set.of(Upstream.host(settings.registryUrl()), Upstream.host(settings.compressionUrl())));
    }
}
