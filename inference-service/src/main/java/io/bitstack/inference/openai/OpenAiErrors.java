package io.bitstack.inference.openai;

import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Errors in OpenAI's shape: {@code {"error": {message, type, param, code}}}. */
public final class OpenAiErrors {
    private OpenAiErrors() {}

    /** Writes an error as the whole response. */
    public static void write(
            HttpServletResponse response, int status, String code, @Nullable String parameter, String message)
            throws IOException {
        byte[] body = JsonMapper.shared().writeValueAsBytes(body(status, code, parameter, message));
        response.setStatus(status);
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    static void write(HttpServletResponse response, RequestException e) throws IOException {
        if (e.reason() == RequestCode.QUEUE_FULL || e.reason() == RequestCode.MODEL_NOT_LOADED) {
            response.setHeader(HttpHeaders.RETRY_AFTER, "1");
        }
        write(response, e.reason().status(), e.reason().wire(), e.parameter(), e.detail());
    }

    static ObjectNode body(RequestException e) {
        return body(e.reason().status(), e.reason().wire(), e.parameter(), e.detail());
    }

    private static ObjectNode body(int status, String code, @Nullable String parameter, String message) {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.putObject("error")
                .put("message", message)
                .put("type", type(status))
                .put("param", parameter)
                .put("code", code);
        return body;
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            default -> status >= 500 ? "server_error" : "invalid_request_error";
        };
    }
}
