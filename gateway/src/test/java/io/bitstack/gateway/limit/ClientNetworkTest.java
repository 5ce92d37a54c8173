package io.bitstack.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Whoever has many addresses is counted as one. */
class ClientNetworkTest {
    @Test
    void addressesOfOneNetworkCountTogether() {
        assertThat(ClientNetwork.of("2001:db8:1:2::1"))
                .isEqualTo(ClientNetwork.of("2001:db8:1:2:ffff:ffff:ffff:ffff"))
                .isNotEqualTo(ClientNetwork.of("2001:db8:1:3::1"));
    }

    @Test
    void othersCountAlone() {
        assertThat(ClientNetwork.of("192.0.2.1")).isNotEqualTo(ClientNetwork.of("192.0.2.2"));
        assertThat(ClientNetwork.of("::ffff:192.0.2.1")).isNotEqualTo(ClientNetwork.of("::ffff:192.0.2.2"));
        assertThat(ClientNetwork.of("unknown")).isEqualTo("unknown");
    }
}
