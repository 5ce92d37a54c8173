package io.bitstack.registry.mlflow;

import io.bitstack.registry.search.FilterException;
import io.bitstack.service.ApiException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Answers what goes wrong under MLflow's paths as {@code {"error_code","message"}}. */
@RestControllerAdvice(basePackageClasses = MlflowErrors.class)
@Order(Ordered.HIGHEST_PRECEDENCE)
class MlflowErrors {
    private static final Logger LOG = LoggerFactory.getLogger(MlflowErrors.class);

    @ExceptionHandler(Exception.class)
    ResponseEntity<Map<String, String>> answer(Exception e) {
        return switch (e) {
            case MlflowException known -> answer(known.code(), known.getMessage());
            case ApiException known -> answer(MlflowCode.of(known.code()), known.detail());
            case FilterException bad ->
                answer(MlflowCode.INVALID_PARAMETER_VALUE, "Invalid filter: " + bad.getMessage());
            case ErrorResponse refused
            when refused.getStatusCode().is4xxClientError() ->
                answer(MlflowCode.INVALID_PARAMETER_VALUE, e.getMessage());
            case org.springframework.http.converter.HttpMessageNotReadableException unreadable ->
                answer(MlflowCode.INVALID_PARAMETER_VALUE, "The body is not the JSON that the route asks for");
            default -> {
                String id = UUID.randomUUID().toString();
                LOG.error("request failed, error {}", id, e);
                yield answer(
                        MlflowCode.INTERNAL_ERROR, "The request failed; the service's log says why under error " + id);
            }
        };
    }

    private static ResponseEntity<Map<String, String>> answer(MlflowCode code, @Nullable String message) {
        return ResponseEntity.status(code.status())
                .contentType(MediaType.APPLICATION_JSON)
                .body(Map.of("error_code", code.name(), "message", message == null ? code.name() : message));
    }
}
