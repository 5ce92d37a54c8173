package io.bitstack.gateway.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

/** Ids of a trace are the client's where it has sent good ones, and new ones otherwise. */
class PlainTraceTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    @Test
    void aClientsTraceGoesOnWithASpanOfTheGateway() {
        for (String flags : new String[] {"00", "01"}) {
            PlainTrace trace = PlainTrace.begin("00-" + TRACE + "-" + SPAN + "-" + flags, 1);
            assertThat(trace.header()).matches("00-" + TRACE + "-[0-9a-f]{16}-" + flags);
            assertThat(trace.spanId()).isNotEqualTo(SPAN);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "01-" + TRACE + "-" + SPAN + "-01",
                "00-" + TRACE + "-" + SPAN + "-1",
                "00-" + TRACE + "-" + SPAN + "-01-more",
                "00-" + TRACE + "-" + SPAN + "-0x",
                "00-" + TRACE + "_" + SPAN + "-01",
                "00-" + TRACE + "-" + SPAN + "_01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01",
                "00-00000000000000000000000000000000-" + SPAN + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-4bf92f3577b34da6a3ce929d0e0e473\n-" + SPAN + "-01"
            })
    void whatIsNoTraceBeginsANewOne(String header) {
        assertThat(PlainTrace.begin(header, 0).header())
                .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00")
                .doesNotContain(TRACE, SPAN);
    }

    @Test
    void everyRequestHasIdsOfItsOwn() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            PlainTrace trace = PlainTrace.begin(null, 1);
            assertThat(trace.header()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
            assertThat(seen.add(trace.traceId()) && seen.add(trace.spanId())).isTrue();
        }
    }

    @Test
    void logsNameItUntilTheRequestIsOver() {
        PlainTrace trace = PlainTrace.begin(null, 0);
        assertThat(PlainTrace.current()).isNull();
        try (Traces.Scope _ = trace.within()) {
            assertThat(PlainTrace.current()).isSameAs(trace);
            assertThat(MDC.get("traceId")).isEqualTo(trace.traceId());
            assertThat(MDC.get("spanId")).isEqualTo(trace.spanId());
        }
        assertThat(PlainTrace.current()).isNull();
        assertThat(MDC.get("traceId")).isNull();
        assertThat(MDC.get("spanId")).isNull();
    }
}
