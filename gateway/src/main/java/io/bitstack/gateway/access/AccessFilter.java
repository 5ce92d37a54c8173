package io.bitstack.gateway.access;

import io.bitstack.gateway.error.ErrorBody;
import io.bitstack.gateway.identity.AdmittedRoute;
import io.bitstack.gateway.identity.Authentication;
import io.bitstack.gateway.identity.Principal;
import io.bitstack.gateway.limit.RateLimits;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.RequestIds;
import io.bitstack.service.access.Role;
import io.bitstack.service.access.Route;
import io.bitstack.service.access.RouteTable;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.coyote.CloseNowException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Stands before every route: lets the page's files and health pass, and anything else only if the table of routes has a line for it that names the
 * caller's role.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class AccessFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(AccessFilter.class);
    private static final String ANY_NODE = "*";
    /** What an error keeps of the headers that were set before it happened. */
    private static final List<String> KEPT =
            List.of(HttpHeaders.RETRY_AFTER, "RateLimit", "RateLimit-Policy", RequestIds.HEADER);

    private final Authentication authentication;
    private final RateLimits limits;
    private final ErrorBody errors;

    AccessFilter(Authentication authentication, RateLimits limits, ErrorBody errors) {
        this.authentication = authentication;
        this.limits = limits;
        this.errors = errors;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String path = request.getRequestURI();
        response.setHeader("X-Content-Type-Options", "nosniff");
        try {
            SafePath.check(path, request.getQueryString());
            if (isApi(path)) {
                limits.countAddress(request, response);
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
    private static boolean isApi(String path) {
        return path.equals("/api") || path.startsWith("/api/") || ErrorBody.isInference(path);
    }

    private void admit(HttpServletRequest request, HttpServletResponse response, String path) {
        Optional<Route> route = RouteTable.findAtTheDoor(request.getMethod(), path);
        if (route.isPresent() && route.get().roles().contains(Role.ANYONE)) {
            // Whoever guesses keys where one logs in is slowed down like whoever guesses them elsewhere.
            limits.requireFewFailures(request, response);
            AdmittedRoute.attach(route.get(), request);
            return;
        }
        Principal who = authentication.require(request, response);
        limits.countKey(who.id(), response);
        Route found = route.orElseThrow(() -> new ApiException(
                CommonCode.ROUTE_NOT_FOUND, "there is no route for %s %s".formatted(request.getMethod(), path)));
        if (!found.allows(who.role()) || !isOwn(found, who, path)) {
            throw new ApiException(
                    CommonCode.FORBIDDEN,
                    "a key of scope '%s' may not %s %s; use a key of another scope"
                            .formatted(who.role().text(), request.getMethod(), path));
        }
        who.attachTo(request);
        AdmittedRoute.attach(found, request);
    }

    /** A node writes under its own name only: its key's name, or any name for a key named {@code *}. */
    private static boolean isOwn(Route route, Principal who, String path) {
        if (who.role() != Role.NODE || ANY_NODE.equals(who.name())) {
            return true;
        }
        String node = route.variable(RouteTable.NODE_VARIABLE, path);
        return node.isEmpty() || node.equals(who.name());
    }

    private void answer(HttpServletResponse response, String path, ApiException e) throws IOException {
        if (response.isCommitted()) {
            // The client has a part of an answer; only a broken connection tells it that the rest is missing.
            LOG.warn("the answer to {} broke off: {}", path, e.detail());
            throw new CloseNowException(e.detail(), e);
        }
        Map<String, String> kept = new TreeMap<>();
        for (String name : KEPT) {
            String value = response.getHeader(name);
            if (value != null) {
                kept.put(name, value);
            }
        }
        response.reset();
        response.setHeader("X-Content-Type-Options", "nosniff");
        kept.forEach(response::setHeader);
        errors.write(response, path, e);
    }
}
