package io.bitstack.gateway.access;

import io.bitstack.gateway.error.ErrorBody;
import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.coyote.CloseNowException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Stands before every route: lets the page's files and health pass, and anything else only with a key that may. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class AccessFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(AccessFilter.class);
    private static final Pattern BEARER = Pattern.compile("[Bb]earer +([!-~]{1,200})");
    private static final String INTERNAL = "/api/v1/internal";

    private final KeyVerifier keys;
    private final ErrorBody errors;
    private final TokenBuckets requests;
    private final TokenBuckets failures;

    AccessFilter(KeyVerifier keys, ErrorBody errors, GatewaySettings settings) {
        this.keys = keys;
        this.errors = errors;
        this.requests = new TokenBuckets(settings.requestsPerMinute(), System::nanoTime);
        this.failures = new TokenBuckets(settings.failedKeysPerMinute(), System::nanoTime);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String path = request.getRequestURI();
        response.setHeader("X-Content-Type-Options", "nosniff");
        try {
            SafePath.check(path);
            if (needsKey(path)) {
                admit(request, response, path);
            }
            chain.doFilter(request, response);
        } catch (ApiException e) {
            answer(response, path, e);
        } catch (ServletException | RuntimeException e) {
            if (e.getCause() instanceof ApiException known) {
                answer(response, path, known);
                return;
            }
            String id = UUID.randomUUID().toString();
            LOG.error("request {} {} failed, error {}", request.getMethod(), path, id, e);
            answer(
                    response,
                    path,
                    new ApiException(
                            CommonCode.INTERNAL_ERROR,
                            "the request failed; the gateway's log says why under error " + id,
                            e));
        }
    }

    /** The areas that hold data; outside of them there are only the page's files and health. */
    private static boolean needsKey(String path) {
        return path.equals("/api") || path.startsWith("/api/") || ErrorBody.isInference(path);
    }

    private void admit(HttpServletRequest request, HttpServletResponse response, String path) {
        Principal who = authenticate(request, response);
        limit(response, requests.take(who.id()), "this key has sent more requests than it may in a minute");
        if (path.equals(INTERNAL) || path.startsWith(INTERNAL + "/")) {
            throw new ApiException(CommonCode.ROUTE_NOT_FOUND, "there is nothing at " + path);
        }
        if (!AccessRules.allow(who, request.getMethod(), path)) {
            throw new ApiException(
                    CommonCode.FORBIDDEN,
                    "a key of scope '%s' may not %s %s; use a key of another scope"
                            .formatted(who.scope().text(), request.getMethod(), path));
        }
        who.attachTo(request);
    }

    private Principal authenticate(HttpServletRequest request, HttpServletResponse response) {
        String key = key(request.getHeader(HttpHeaders.AUTHORIZATION));
        return keys.cached(key).orElseGet(() -> {
            String address = request.getRemoteAddr();
            limit(response, failures.look(address), "too many unknown keys came from this address");
            return keys.verify(key).orElseThrow(() -> {
                failures.take(address);
                return new ApiException(
                        CommonCode.UNAUTHORIZED, "the API key is unknown or was revoked; ask an admin for a key");
            });
        });
    }

    private static String key(@Nullable String header) {
        Matcher bearer = BEARER.matcher(header == null ? "" : header.strip());
        if (!bearer.matches()) {
            throw new ApiException(CommonCode.UNAUTHORIZED, "send an API key: header 'Authorization: Bearer bsk_...'");
        }
        return bearer.group(1);
    }

    private static void limit(HttpServletResponse response, long waitSeconds, String why) {
        if (waitSeconds > 0) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(waitSeconds));
            throw new ApiException(GatewayCode.RATE_LIMITED, why + "; try again in " + waitSeconds + " s");
        }
    }

    private void answer(HttpServletResponse response, String path, ApiException e) throws IOException {
        if (response.isCommitted()) {
            // The client has a part of an answer; only a broken connection tells it that the rest is missing.
            LOG.warn("the answer to {} broke off: {}", path, e.detail());
            throw new CloseNowException(e.detail(), e);
        }
        String retryAfter = response.getHeader(HttpHeaders.RETRY_AFTER);
        response.reset();
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (retryAfter != null) {
            response.setHeader(HttpHeaders.RETRY_AFTER, retryAfter);
        }
        errors.write(response, path, e);
    }
}
