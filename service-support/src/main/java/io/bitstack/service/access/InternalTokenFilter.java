package io.bitstack.service.access;

import io.bitstack.service.ApiCode;
import io.bitstack.service.CommonCode;
import io.bitstack.service.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stands before every route of a service: a request needs a token signed for it, and a line of {@link RouteTable} for its caller's role. Code behind it
 * reads the caller from {@link CallerIdentity#HEADER}, which comes from the token alone.
 */
public class InternalTokenFilter extends OncePerRequestFilter implements Ordered {
    private static final String SCHEME = "Bearer ";

    private final InternalTokens tokens;
    private final PlatformService service;
    private final JsonMapper json;

    public InternalTokenFilter(InternalTokens tokens, PlatformService service, JsonMapper json) {
        this.tokens = tokens;
        this.service = service;
        this.json = json;
    }

    /** Before whatever reads bodies: strangers send none of them anywhere. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 10;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<CallerIdentity> caller = caller(request);
        if (caller.isEmpty()) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            refuse(
                    response,
                    CommonCode.UNAUTHORIZED,
                    "this service answers only to the platform's gateway and services; clients ask the gateway");
            return;
        }
        Optional<Route> route = RouteTable.find(service, request.getMethod(), request.getRequestURI());
        if (route.isEmpty()) {
            refuse(
                    response,
                    CommonCode.ROUTE_NOT_FOUND,
                    "there is no route for %s %s".formatted(request.getMethod(), request.getRequestURI()));
        } else if (!route.get().allows(caller.get().role())) {
            refuse(
                    response,
                    CommonCode.FORBIDDEN,
                    "role '%s' may not %s %s"
                            .formatted(
                                    caller.get().role().text(),
                                    request.getMethod(),
                                    route.get().pattern()));
        } else {
            chain.doFilter(new Identified(request, caller.get()), response);
        }
    }

    private Optional<CallerIdentity> caller(HttpServletRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        return header == null || !header.startsWith(SCHEME)
                ? Optional.empty()
                : tokens.verify(
                        header.substring(SCHEME.length()), service, request.getMethod(), request.getRequestURI());
    }

    private void refuse(HttpServletResponse response, ApiCode code, String detail) throws IOException {
        response.setStatus(code.status());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(json.writeValueAsBytes(Problems.of(code, detail)));
    }

    /** A request with the token's word in the place of whatever it said about its caller. */
    private static final class Identified extends HttpServletRequestWrapper {
        private final CallerIdentity caller;

        Identified(HttpServletRequest request, CallerIdentity caller) {
            super(request);
            this.caller = caller;
        }

        @Override
        public @Nullable String getHeader(String name) {
            return isCaller(name) ? caller.headerValue() : super.getHeader(name);
        }

        @Override
        public Enumeration<String> getHeaders(String name) {
            return isCaller(name) ? Collections.enumeration(List.of(caller.headerValue())) : super.getHeaders(name);
        }

        @Override
        public Enumeration<String> getHeaderNames() {
            TreeSet<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
            names.addAll(Collections.list(super.getHeaderNames()));
            names.add(CallerIdentity.HEADER);
            return Collections.enumeration(names);
        }

        private static boolean isCaller(String name) {
            return CallerIdentity.HEADER.equalsIgnoreCase(name);
        }
    }
}
