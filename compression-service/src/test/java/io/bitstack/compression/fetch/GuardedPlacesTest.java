package io.bitstack.compression.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.service.net.GuardedAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
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

    /** The operator named one place; who is sent elsewhere has no more than anybody's right there, and shows no token. */
    @Test
    void onlyTheOperatorsOwnPlaceIsTrusted() {
        AddressGuard guard = new AddressGuard(URI.create("https://hub.example"), List.of("cdn.example"));
        assertThat(guard.isBase(URI.create("https://HUB.example:443/x"))).isTrue();
        for (String other : List.of(
                "http://hub.example:443/x",
                "https://hub.example:8443/x",
                "https://hub.example.org/x",
                "https://cdn.example/x")) {
            assertThat(guard.isBase(URI.create(other))).as(other).isFalse();
        }
        for (String allowed : List.of("https://hub.example/x", "http://cdn.example/x", "https://anybody.example/x")) {
            assertThatCode(() -> guard.require(URI.create(allowed))).as(allowed).doesNotThrowAnyException();
        }
        for (String refused : List.of(
                "http://hub.example:443/x",
                "http://anybody.example/x",
                "https://name:word@anybody.example/x",
                "ftp://anybody.example/x")) {
            assertThatThrownBy(() -> guard.require(URI.create(refused)))
                    .as(refused)
                    .isInstanceOf(CompressionException.class);
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
