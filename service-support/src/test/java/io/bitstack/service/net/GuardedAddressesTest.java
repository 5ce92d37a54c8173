package io.bitstack.service.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

/** Which addresses servers that others name may have. */
class GuardedAddressesTest {
    private static final String[] OURS = {
        "127.0.0.1",
        "127.8.9.10",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "ff02::1",
        // Other ways to write the loopback address.
        "2130706433",
        "127.1",
    };

    private final GuardedAddresses guard = new GuardedAddresses(host -> host.equals("127.0.0.2"));

    @Test
    void addressesOfNetworksOfOnesOwnAreRefused() throws IOException {
        for (String address : OURS) {
            assertThat(GuardedAddresses.isPublic(InetAddress.getByName(address)))
                    .as(address)
                    .isFalse();
            assertThatThrownBy(() -> guard.resolve(address)).as(address).isInstanceOf(ForbiddenAddressException.class);
        }
        assertThatThrownBy(() -> guard.resolve("localhost")).isInstanceOf(ForbiddenAddressException.class);
    }

    @Test
    void publicAddressesAreNot() throws IOException {
        String[] publicOnes = {
            "8.8.8.8", "1.1.1.1", "100.128.0.1", "192.0.66.2", "198.20.0.1", "2606:4700::1111", "2001:4860:4860::8888"
        };
        for (String address : publicOnes) {
            assertThat(guard.resolve(address)).as(address).containsExactly(InetAddress.getByName(address));
        }
    }

    @Test
    void whatTheOperatorAllowsIsReached() throws UnknownHostException {
        assertThat(guard.resolve("127.0.0.2")).hasSize(1);
    }
}
