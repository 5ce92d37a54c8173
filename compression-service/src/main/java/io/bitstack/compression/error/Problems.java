package io.bitstack.compression.error;

import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;

/** Makes the problem+json bodies of this service (RFC 9457, with the member {@code code}). */
public final class Problems {
    private Problems() {}

    public static ProblemDetail of(ErrorCode code, String detail) {
        return of(code, code.status(), detail);
    }

    static ProblemDetail of(ErrorCode code, int status, String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatusCode.valueOf(status), detail);
        problem.setTitle(code.meaning());
        problem.setProperty("code", code.name());
        return problem;
    }
}
