package io.bitstack.service;

import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;

/** Makes problem+json bodies (RFC 9457, with the member {@code code}). */
public final class Problems {
    private Problems() {}

    public static ProblemDetail of(ApiCode code, String detail) {
        return of(code, code.status(), detail);
    }

    static ProblemDetail of(ApiException e) {
        ProblemDetail problem = of(e.code(), e.detail());
        e.members().forEach(problem::setProperty);
        return problem;
    }

    static ProblemDetail of(ApiCode code, int status, String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatusCode.valueOf(status), detail);
        problem.setTitle(code.meaning());
        problem.setProperty("code", code.name());
        return problem;
    }
}
