package io.bitstack.service;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/** Refuses every request that does not carry one secret token; only health may be asked without. */
public class BearerTokenFilter extends OncePerRequestFilter {
    private static final String SCHEME = "Bearer ";
    private static final String HEALTH = "/actuator/health";

    private final byte[] token;
    private final JsonMapper json;

    /** @throws IllegalArgumentException if the token is blank, which would let everybody in */
    public BearerTokenFilter(String token, JsonMapper json) {
        if (token.isBlank()) {
            throw new IllegalArgumentException("a blank token protects nothing");
        }
        this.token = token.getBytes(StandardCharsets.UTF_8);
        this.json = json;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (isHealth(request) || isKnown(request.getHeader(HttpHeaders.AUTHORIZATION))) {
            chain.doFilter(request, response);
            return;
        }
        response.setStatus(CommonCode.UNAUTHORIZED.status());
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        byte[] body = json.writeValueAsBytes(Problems.of(
                CommonCode.UNAUTHORIZED,
                "this service answers only to the platform's gateway and services; clients ask the gateway"));
        response.getOutputStream().write(body);
    }

    private static boolean isHealth(HttpServletRequest request) {
        String path = request.getServletPath();
        return path.equals(HEALTH) || path.startsWith(HEALTH + "/");
    }

    private boolean isKnown(@Nullable String header) {
        return header != null
                && header.startsWith(SCHEME)
                && MessageDigest.isEqual(
                        token, header.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8));
    }
}
