package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.RegistryFixture.Answer;

/** Asserts that an answer is a problem with a code and says what is wrong. */
final class Problem {
    private Problem() {}

    static void assertProblem(Answer answer, int status, String code) {
        assertThat(answer.code()).as(answer.body().toString()).isEqualTo(code);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.response().headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body().path("detail").asString()).isNotBlank();
    }
}
