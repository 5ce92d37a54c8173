package io.bitstack.gateway.error;

import io.bitstack.service.ApiCode;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.Problems;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Writes an error as problem+json, or in the shape that OpenAI's clients read under /v1, and MLflow's under their paths. */
@Component
public class ErrorBody {
    private final JsonMapper json;

    ErrorBody(JsonMapper json) {
        this.json = json;
    }

    /** Answers a request for {@code path} with an error; the response must not be committed. */
    public void write(HttpServletResponse response, String path, ApiException e) throws IOException {
        boolean openAi = isInference(path);
        boolean mlflow = isMlflow(path);
        byte[] body =
                json.writeValueAsBytes(openAi ? openAi(e) : mlflow ? mlflow(e) : Problems.of(e.code(), e.detail()));
        response.setStatus(e.code().status());
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        if (e.code() == CommonCode.UNAUTHORIZED) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        response.setContentType(
                openAi || mlflow ? MediaType.APPLICATION_JSON_VALUE : MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** Whether a path belongs to the OpenAI-compatible API. */
    public static boolean isInference(String path) {
        return path.equals("/v1") || path.startsWith("/v1/");
    }

    /** Whether a path belongs to the part of MLflow's API that the registry serves. */
    private static boolean isMlflow(String path) {
        return path.startsWith("/api/2.0/mlflow") || path.startsWith("/api/3.0/mlflow/");
    }

    private static Map<String, String> mlflow(ApiException e) {
        String code = switch (e.code().status()) {
            case 401 -> "UNAUTHENTICATED";
            case 403 -> "PERMISSION_DENIED";
            case 404 -> "ENDPOINT_NOT_FOUND";
            case 429 -> "REQUEST_LIMIT_EXCEEDED";
            case 503 -> "TEMPORARILY_UNAVAILABLE";
            default -> e.code().status() >= 500 ? "INTERNAL_ERROR" : "INVALID_PARAMETER_VALUE";
        };
        return Map.of("error_code", code, "message", e.detail());
    }

    private static Map<String, Object> openAi(ApiException e) {
        Map<String, @Nullable Object> error = new HashMap<>();
        error.put("message", e.detail());
        error.put("type", type(e.code()));
        error.put("code", code(e.code()));
        error.put("param", null);
        return Map.of("error", Collections.unmodifiableMap(error));
    }

    private static String type(ApiCode code) {
        if (code.status() >= 500) {
            return "server_error";
        }
        return switch (code.status()) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            default -> "invalid_request_error";
        };
    }

    private static String code(ApiCode code) {
        if (code == CommonCode.UNAUTHORIZED) {
            return "invalid_api_key";
        }
        if (code == GatewayCode.RATE_LIMITED) {
            return "rate_limit_exceeded";
        }
        return code.name().toLowerCase(Locale.ROOT);
    }
}
