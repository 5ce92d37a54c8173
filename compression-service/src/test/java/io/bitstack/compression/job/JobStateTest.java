package io.bitstack.compression.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class JobStateTest {
    @Test
    void workGoesForwardAndEndsOnce() {
        assertThat(JobState.QUEUED.canTransitionTo(JobState.VALIDATING)).isTrue();
        assertThat(JobState.QUEUED.canTransitionTo(JobState.ENCODING)).isFalse();
        assertThat(JobState.CALIBRATING.canTransitionTo(JobState.ENCODING)).isTrue();
        assertThat(JobState.ORDERING.canTransitionTo(JobState.ENCODING)).isFalse();
        assertThat(JobState.EVALUATING.canTransitionTo(JobState.DONE)).isFalse();
        assertThat(JobState.PUBLISHING.canTransitionTo(JobState.DONE)).isTrue();
        assertThat(JobState.PUBLISHING.canTransitionTo(JobState.VALIDATING)).isTrue();
        for (JobState end : new JobState[] {JobState.DONE, JobState.FAILED, JobState.CANCELLED}) {
            assertThat(Arrays.stream(JobState.values()).filter(end::canTransitionTo))
                    .isEmpty();
        }
    }

    @Test
    void everyStateIsReadAsItIsWritten() {
        for (JobState state : JobState.values()) {
            assertThat(JobState.parse(state.written())).isEqualTo(state);
        }
    }
}
