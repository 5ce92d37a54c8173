package io.bitstack.service.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
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

    @Test
    void aNameThatChangesItsMindIsLookedAtAgain() throws IOException {
        InetAddress open = InetAddress.ofLiteral("8.8.8.8");
        AtomicInteger lookups = new AtomicInteger();
        GuardedAddresses rebound = new GuardedAddresses(_ -> false, _ ->
                new InetAddress[] {lookups.getAndIncrement() == 0 ? open : InetAddress.getLoopbackAddress()});
        assertThat(rebound.resolve("changes.example"))
                .as("what is connected to was looked at, and nothing was looked up after it")
                .containsExactly(open);
        assertThat(lookups).hasValue(1);
        assertThatThrownBy(() -> rebound.resolve("changes.example"))
                .isInstanceOf(ForbiddenAddressException.class)
                .hasMessageContaining("changes.example");
        GuardedAddresses mixed =
                new GuardedAddresses(_ -> false, _ -> new InetAddress[] {open, InetAddress.getLoopbackAddress()});
        assertThatThrownBy(() -> mixed.resolve("both.example")).isInstanceOf(ForbiddenAddressException.class);
    }

    /** The second look-up of this name would lead to where nobody listens. */
    @Test
    void aClientConnectsToTheVeryAddressesThatWereLookedAt() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        AtomicInteger lookups = new AtomicInteger();
        GuardedAddresses once = new GuardedAddresses(host -> host.equals("ours.example"), _ ->
                new InetAddress[] {InetAddress.ofLiteral(lookups.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.9")});
        try (CloseableHttpClient client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(once)
                        .build())
                .build()) {
            HttpGet get =
                    new HttpGet("http://ours.example:" + server.getAddress().getPort());
            int status = client.execute(get, ClassicHttpResponse::getCode);
            assertThat(status).isEqualTo(204);
            assertThat(lookups).hasValue(1);
        } finally {
            server.stop(0);
        }
    }
}
