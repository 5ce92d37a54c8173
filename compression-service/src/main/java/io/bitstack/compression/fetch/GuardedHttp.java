package io.bitstack.compression.fetch;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks a hub and the servers that it leads to: every address is checked, silence ends a request, credentials stay with the hub. */
final class GuardedHttp {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int MOST_REDIRECTS = 5;

    private final AddressGuard guard;
    private final @Nullable String token;
    private final Duration readTimeout;

    GuardedHttp(AddressGuard guard, @Nullable String token, Duration readTimeout) {
        this.guard = guard;
        this.token = token;
        this.readTimeout = readTimeout;
    }

    /** One request, without following where it leads. */
    HttpURLConnection once(String method, URI uri, Map<String, String> headers) throws IOException {
        guard.require(uri);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
        connection.setReadTimeout((int) readTimeout.toMillis());
        connection.setRequestMethod(method);
        connection.setRequestProperty("User-Agent", "bitstack");
        connection.setRequestProperty("Accept-Encoding", "identity");
        headers.forEach(connection::setRequestProperty);
        if (token != null && !token.isBlank() && guard.isBase(uri)) {
            connection.setRequestProperty("Authorization", "Bearer " + token);
        }
        connection.connect();
        return connection;
    }

    /** A request that follows where it leads, a few times. */
    HttpURLConnection following(String method, URI uri, Map<String, String> headers) throws IOException {
        URI at = uri;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpURLConnection connection = once(method, at, headers);
            if (!isRedirect(connection.getResponseCode())) {
                return connection;
            }
            at = target(at, connection);
            connection.disconnect();
        }
        throw new IOException(
                "%s leads from one address to the next, more than %d times".formatted(uri, MOST_REDIRECTS));
    }

    static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI target(URI from, HttpURLConnection connection) throws IOException {
        String location = connection.getHeaderField("Location");
        if (location == null) {
            throw new IOException(from + " answered a redirect that leads nowhere");
        }
        try {
            return from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new IOException(from + " leads to something that is no address", e);
        }
    }
}
