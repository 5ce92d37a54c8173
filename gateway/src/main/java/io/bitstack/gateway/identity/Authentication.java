package io.bitstack.gateway.identity;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.limit.RateLimits;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/** Finds out who sends a request: by a key or token in {@code Authorization}, or else by a session's cookie. */
@Component
public class Authentication {
    private static final String BEARER = "earer ";
    private static final int LONGEST_CREDENTIAL = 8000;
    /** What is longer is neither a key nor a session, and the registry is not asked. */
    public static final int LONGEST_KEY = 200;

    private static final String SESSION_ENDED = "the session has ended; log in again";

    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

    private final KeyVerifier keys;
    private final Sessions sessions;
    private final Optional<OidcProvider> provider;
    private final RateLimits limits;

    Authentication(KeyVerifier keys, Sessions sessions, Optional<OidcProvider> provider, RateLimits limits) {
        this.keys = keys;
        this.sessions = sessions;
        this.provider = provider;
        this.limits = limits;
    }

    /** Who sends a request; throws when nobody that we know. */
    public Principal require(HttpServletRequest request, HttpServletResponse response) {
        List<String> credentials = Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION));
        if (credentials.size() > 1) {
            throw unauthorized("send one header 'Authorization', not " + credentials.size());
        }
        if (!credentials.isEmpty()) {
            return bearer(credentials.getFirst(), request, response);
        }
        Optional<String> cookie = Sessions.cookie(request);
        if (cookie.isPresent()) {
            return session(cookie.get(), request, response);
        }
        throw unauthorized("send an API key: header 'Authorization: Bearer bsk_...'");
    }

    private Principal bearer(String header, HttpServletRequest request, HttpServletResponse response) {
        String credential = credential(header.strip());
        if (provider.isPresent() && OidcProvider.looksLikeToken(credential)) {
            OidcProvider oidc = provider.get();
            return guarded(
                    request, response, () -> oidc.verify(credential), "the token is not valid here: get a new one");
        }
        if (credential.length() > LONGEST_KEY) {
            throw unauthorized("this is no API key; ask an admin for a key");
        }
        Optional<Principal> cached = keys.cached(credential);
        return cached.isPresent()
                ? cached.get()
                : guarded(
                        request,
                        response,
                        () -> keys.verify(credential),
                        "the API key is unknown, expired or revoked; ask an admin for a key");
    }

    /** What follows {@code Bearer}: characters that are seen, and nothing else. On the way of every token, where a pattern would take as long as all else that is looked at. */
    private static String credential(String header) {
        boolean isBearer = (header.startsWith("B") || header.startsWith("b")) && header.startsWith(BEARER, 1);
        int begin = 1 + BEARER.length();
        while (isBearer && begin < header.length() && header.charAt(begin) == ' ') {
            begin++;
        }
        String credential = isBearer ? header.substring(begin) : "";
        if (credential.isEmpty() || credential.length() > LONGEST_CREDENTIAL || !isSeen(credential)) {
            throw unauthorized("send an API key: header 'Authorization: Bearer bsk_...'");
        }
        return credential;
    }

    private static boolean isSeen(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private Principal session(String cookie, HttpServletRequest request, HttpServletResponse response) {
        if (cookie.length() > LONGEST_KEY) {
            throw unauthorized(SESSION_ENDED);
        }
        Optional<Principal> cached = sessions.cached(cookie);
        Principal who = cached.isPresent()
                ? cached.get()
                : guarded(request, response, () -> sessions.verify(cookie), SESSION_ENDED);
        if (!SAFE_METHODS.contains(request.getMethod())) {
            requireSameSite(request);
            if (!BrowserSession.isCsrfToken(request.getHeader(Sessions.CSRF_HEADER), cookie)) {
                throw new ApiException(
                        GatewayCode.CSRF_REFUSED,
                        "a request with a session's cookie needs the header " + Sessions.CSRF_HEADER
                                + "; GET /api/v1/session says its value");
            }
        }
        return who;
    }

    /** Throws when the browser says that another site had the request sent. */
    public static void requireSameSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw new ApiException(GatewayCode.CSRF_REFUSED, "another site had this request sent");
        }
    }

    /** Asks, unless the address was wrong too often; counts it if it is wrong. */
    private Principal guarded(
            HttpServletRequest request,
            HttpServletResponse response,
            Supplier<Optional<Principal>> question,
            String refusal) {
        limits.requireFewFailures(request, response);
        return question.get().orElseThrow(() -> {
            limits.failed(request);
            return unauthorized(refusal);
        });
    }

    private static ApiException unauthorized(String detail) {
        return new ApiException(CommonCode.UNAUTHORIZED, detail);
    }
}
