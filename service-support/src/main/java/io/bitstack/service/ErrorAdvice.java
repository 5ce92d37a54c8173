package io.bitstack.service;

import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Turns every exception that leaves a controller into a problem with a code. */
@RestControllerAdvice
public class ErrorAdvice extends ResponseEntityExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorAdvice.class);

    @ExceptionHandler(ApiException.class)
    ResponseEntity<ProblemDetail> known(ApiException e) {
        int againSeconds = e.code().retryAfterSeconds();
        ResponseEntity.BodyBuilder answer =
                ResponseEntity.status(e.code().status()).contentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (againSeconds > 0) {
            answer.header(HttpHeaders.RETRY_AFTER, Integer.toString(againSeconds));
        }
        return answer.body(Problems.of(e));
    }

    @ExceptionHandler(RuntimeException.class)
    ResponseEntity<ProblemDetail> unknown(RuntimeException e) {
        String id = UUID.randomUUID().toString();
        LOG.error("request failed, error {}", id, e);
        ProblemDetail problem = Problems.of(
                CommonCode.INTERNAL_ERROR, "the request failed; the service's log says why under error " + id);
        problem.setProperty("errorId", id);
        return answer(problem);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception e, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        CommonCode code = status.value() == 404
                ? CommonCode.ROUTE_NOT_FOUND
                : status.is5xxServerError() ? CommonCode.INTERNAL_ERROR : CommonCode.REQUEST_INVALID;
        ProblemDetail problem = Problems.of(code, status.value(), detail(e, body));
        return ResponseEntity.status(status)
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
    }

    private static String detail(Exception e, @Nullable Object body) {
        if (e instanceof MethodArgumentNotValidException invalid) {
            return invalid.getFieldErrors().stream()
                    .map(error -> error.getField() + " " + error.getDefaultMessage())
                    .sorted()
                    .collect(Collectors.joining("; "));
        }
        if (e instanceof HttpMessageNotReadableException unreadable) {
            return "the body is not the JSON that the route asks for: "
                    + firstLine(unreadable.getMostSpecificCause().getMessage());
        }
        if (body instanceof ProblemDetail problem && problem.getDetail() != null) {
            return problem.getDetail();
        }
        return firstLine(e.getMessage());
    }

    private static String firstLine(@Nullable String message) {
        return message == null
                ? "no further detail"
                : message.lines().findFirst().orElse(message);
    }

    private static ResponseEntity<ProblemDetail> answer(ProblemDetail problem) {
        return ResponseEntity.status(problem.getStatus())
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
    }
}
