package io.bitstack.registry.web;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Caller;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiCode;
import io.bitstack.service.CommonCode;
import io.bitstack.service.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingResponseWrapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * A POST with an {@code Idempotency-Key} is done once: the same request again within 24 hours gets the same answer. Answers that
 * show a secret are not kept; a repetition of such a request says that it was done.
 */
@Component
@Order(BodyLimit.ORDER + 1)
class Idempotency extends OncePerRequestFilter {
    private static final List<String> SHOWING_SECRETS =
            List.of("/keys", "/rotate", "/webhooks", "/join-tokens", "/join");
    private static final String HEADER = "Idempotency-Key";
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,200}");
    private static final int LARGEST_ANSWER_BYTES = 1 << 20;

    private final IdempotencyRecords records;
    private final JsonMapper json;

    Idempotency(IdempotencyRecords records, JsonMapper json) {
        this.records = records;
        this.json = json;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getMethod().equals("POST") || request.getHeader(HEADER) == null;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String key = Objects.requireNonNull(request.getHeader(HEADER));
        if (!KEY.matcher(key).matches() || !(request instanceof WholeBody whole)) {
            refuse(response, CommonCode.REQUEST_INVALID, HEADER + " is 1 to 200 visible characters without spaces");
            return;
        }
        String principal = Objects.requireNonNullElse(request.getHeader(Caller.HEADER), Caller.SERVICE);
        String hash = hash(whole);
        if (!records.begin(principal, key, hash)) {
            repeat(principal, key, hash, response);
            return;
        }
        ContentCachingResponseWrapper answer = new ContentCachingResponseWrapper(response);
        boolean isDone = false;
        try {
            chain.doFilter(request, answer);
            isDone = answer.getStatus() < 500 && answer.getContentSize() <= LARGEST_ANSWER_BYTES;
        } finally {
            if (isDone) {
                records.end(
                        principal,
                        key,
                        new IdempotencyRecords.Known(
                                hash,
                                answer.getStatus(),
                                answer.getHeader(HttpHeaders.LOCATION),
                                answer.getContentType(),
                                showsSecret(request, answer.getStatus()) ? null : answer.getContentAsByteArray()));
            } else {
                records.forget(principal, key);
            }
        }
        answer.copyBodyToResponse();
    }

    private static boolean showsSecret(HttpServletRequest request, int status) {
        String path = request.getRequestURI();
        return status < 300 && SHOWING_SECRETS.stream().anyMatch(path::endsWith);
    }

    private static String hash(WholeBody request) {
        MessageDigest hash = Digest.newMessageDigest();
        hash.update((request.getRequestURI() + "?" + request.getQueryString() + "\n").getBytes(StandardCharsets.UTF_8));
        hash.update(request.body());
        return Digest.ofHash(hash.digest()).hex();
    }

    private void repeat(String principal, String key, String hash, HttpServletResponse response) throws IOException {
        IdempotencyRecords.Known known = records.find(principal, key).orElse(null);
        if (known == null || (known.status() == 0 && known.requestHash().equals(hash))) {
            refuse(response, ErrorCode.IDEMPOTENCY_IN_PROGRESS, "a request with this key is being answered; ask again");
        } else if (!known.requestHash().equals(hash)) {
            refuse(response, ErrorCode.IDEMPOTENCY_KEY_REUSED, "this key came with another request; choose a new one");
        } else if (known.body() == null) {
            refuse(
                    response,
                    ErrorCode.IDEMPOTENCY_NOT_KEPT,
                    "the request was done; its answer showed a secret, which is shown once");
        } else {
            response.setStatus(known.status());
            response.setHeader("Idempotency-Replayed", "true");
            if (known.location() != null) {
                response.setHeader(HttpHeaders.LOCATION, known.location());
            }
            response.setContentType(known.contentType());
            response.getOutputStream().write(known.body());
        }
    }

    private void refuse(HttpServletResponse response, ApiCode code, String detail) throws IOException {
        response.setStatus(code.status());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(json.writeValueAsBytes(Problems.of(code, detail)));
    }
}
