package io.bitstack.compression.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.service.net.GuardedAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a fetch may lead, and what a client may name. */
class GuardedPlacesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
                        "224.0.0.1",
                "255.255.255.255", "::1", "fe80::1", "fc00::1", "fd12::1", "::ffff:127.0.0.1", "::127.0.0.1",
                        "64:ff9b::7f00:1",
                "2002:7f00:1::", "192.0.0.8", "198.18.0.1"
            })
    void addressesOfNetworksOfOnesOwnAreNotPublic(String address) throws IOException {
        assertThat(GuardedAddresses.isPublic(InetAddress.getByName(address))).isFalse();
    }

    @Test
    void publicAddressesAre() throws IOException {
        for (String address : List.of("8.8.8.8", "1.1.1.1", "2606:4700::1111", "100.128.0.1", "198.20.0.1")) {
            assertThat(GuardedAddresses.isPublic(InetAddress.getByName(address)))
                    .as(address)
                    .isTrue();
        }
    }

    @Test
    void namesCannotLeaveTheirPlace() {
        try (var validation = jakarta.validation.Validation.buildDefaultValidatorFactory()) {
            for (String name : List.of("..", "../x", "a/..", "a/b/c", "", "/a", "a b", "a?x", "-a", "a/.b")) {
                assertThat(validation.getValidator().validate(new HubModel(name, null, null)))
                        .as(name)
                        .isNotEmpty();
            }
            assertThat(validation.getValidator().validate(new HubModel("a/b", "refs/pr/1", "x/y.gguf")))
                    .isEmpty();
            assertThat(validation.getValidator().validate(new HubModel("a/b", "a/../b", null)))
                    .isNotEmpty();
            assertThat(validation.getValidator().validate(new HubModel("a/b", null, "../y.gguf")))
                    .isNotEmpty();
        }
    }
}
