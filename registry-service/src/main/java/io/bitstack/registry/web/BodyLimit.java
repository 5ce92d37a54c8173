package io.bitstack.registry.web;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.CommonCode;
import io.bitstack.service.Problems;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/** Reads a body whole, up to a bound, before anything is done with it; and refuses null characters, which PostgreSQL cannot hold. */
@Component
@Order(BodyLimit.ORDER)
class BodyLimit extends OncePerRequestFilter {
    /** After the token is checked, before {@link Idempotency}. */
    static final int ORDER = 10;

    private static final int LARGEST_BYTES = 1 << 20;
    private static final int LARGEST_CONTENT_BYTES = 64 << 20;

    private final JsonMapper json;

    BodyLimit(JsonMapper json) {
        this.json = json;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String query = request.getQueryString();
        if (query != null && query.contains("%00")) {
            refuse(response, Problems.of(CommonCode.REQUEST_INVALID, "a parameter holds a null character"));
            return;
        }
        int most = isContent(request) ? LARGEST_CONTENT_BYTES : LARGEST_BYTES;
        byte[] body = request.getContentLengthLong() > most
                ? null
                : request.getInputStream().readNBytes(most + 1);
        if (body == null || body.length > most) {
            refuse(
                    response,
                    Problems.of(
                            ErrorCode.REQUEST_TOO_LARGE,
                            "the body has more than the %d bytes that this route takes".formatted(most)));
            return;
        }
        chain.doFilter(new WholeBody(request, body), response);
    }

    /** Manifests and pieces of files, which are larger than what people write. */
    private static boolean isContent(HttpServletRequest request) {
        String path = request.getRequestURI();
        return path.endsWith("/versions") || path.startsWith("/api/v1/imports");
    }

    private void refuse(HttpServletResponse response, ProblemDetail problem) throws IOException {
        response.setStatus(problem.getStatus());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(json.writeValueAsBytes(problem));
    }
}
