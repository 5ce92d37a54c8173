package io.bitstack.compression.fetch;

import io.bitstack.service.net.ForbiddenAddressException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** Asks a hub and the servers that it leads to: every address is checked and connected to as it was checked, silence ends a request, credentials stay with the hub. */
final class GuardedHttp {
    private static final Timeout CONNECT_TIMEOUT = Timeout.ofSeconds(10);
    private static final int MOST_REDIRECTS = 5;

    private final AddressGuard guard;
    private final @Nullable String token;
    private final Timeout readTimeout;

    GuardedHttp(AddressGuard guard, @Nullable String token, Duration readTimeout) {
        this.guard = guard;
        this.token = token;
        this.readTimeout = Timeout.of(readTimeout);
    }

    /** One request, without following where it leads. */
    GuardedAnswer once(String method, URI uri, Map<String, String> headers) throws IOException {
        guard.require(uri);
        HttpUriRequestBase request = new HttpUriRequestBase(method, uri);
        headers.forEach(request::setHeader);
        if (token != null && !token.isBlank() && guard.isBase(uri)) {
            request.setHeader("Authorization", "Bearer " + token);
        }
        CloseableHttpClient client = client(uri);
        boolean isAnswered = false;
        try {
            ClassicHttpResponse response =
                    client.executeOpen(new HttpHost(uri.getScheme(), uri.getHost(), uri.getPort()), request, null);
            isAnswered = true;
            return new GuardedAnswer(response, client);
        } catch (ForbiddenAddressException e) {
            throw AddressGuard.forbidden(uri, "leads nowhere it may: " + e.getMessage());
        } finally {
            if (!isAnswered) {
                client.close();
            }
        }
    }

    /** A client for one request: it resolves what that request may be sent to. */
    private CloseableHttpClient client(URI uri) {
        return HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(guard.resolver(uri))
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECT_TIMEOUT)
                                .setSocketTimeout(readTimeout)
                                .build())
                        .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom().setResponseTimeout(readTimeout).build())
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAutomaticRetries()
                .disableContentCompression()
                .setUserAgent("bitstack")
                .build();
    }

    /** A request that follows where it leads, a few times. */
    GuardedAnswer following(String method, URI uri, Map<String, String> headers) throws IOException {
        URI at = uri;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            GuardedAnswer answer = once(method, at, headers);
            if (!isRedirect(answer.status())) {
                return answer;
            }
            try (answer) {
                at = target(at, answer);
            }
        }
        throw new IOException(
                "%s leads from one address to the next, more than %d times".formatted(uri, MOST_REDIRECTS));
    }

    static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI target(URI from, GuardedAnswer answer) throws IOException {
        String location = answer.header("Location");
        if (location == null) {
            throw astray(from, "nowhere");
        }
        try {
            URI target = from.resolve(location);
            if (target.getHost() == null) {
                throw AddressGuard.forbidden(target, "is no https address");
            }
            return target;
        } catch (IllegalArgumentException _) {
            throw astray(from, "to something that is no address");
        }
    }

    /** Names the host alone: what follows it in an address may be a permission, and in the one that it leads to as well. */
    private static IOException astray(URI from, String where) {
        return new IOException("%s://%s leads %s".formatted(from.getScheme(), from.getHost(), where));
    }
}
