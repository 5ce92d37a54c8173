package io.bitstack.compression.error;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {
    @ParameterizedTest
    @EnumSource
    void whoIsToldThatThereAreTooManyIsToldWhenToAskAgain(ErrorCode code) {
        assertThat(code.retryAfterSeconds() > 0).isEqualTo(code.status() == 429);
    }
}
