package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.service.net.GuardedAddresses;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * Keeps servers that we are sent to by others from making us ask the services of our own network: only the host that the operator
 * named may have an address that is not public, or be asked without TLS.
 */
final class AddressGuard {
    private final URI base;
    private final List<String> allowedHosts;

    /** @param base what the operator named; its host and port are trusted */
    AddressGuard(URI base, List<String> allowedHosts) {
        this.base = base;
        this.allowedHosts = allowedHosts;
    }

    /** Whether an address is the operator's own choice: same scheme, host and port. */
    boolean isBase(URI uri) {
        return host(uri).equals(host(base))
                && port(uri) == port(base)
                && String.valueOf(uri.getScheme()).equalsIgnoreCase(base.getScheme());
    }

    /**
     * Whether an address may be asked at all; where its name leads is looked at when it is connected to.
     *
     * @throws CompressionException {@code SOURCE_FORBIDDEN} if it must not be
     */
    void require(URI uri) {
        boolean isOurChoice = isBase(uri) || allowedHosts.contains(host(uri));
        if (!isOurChoice && (!"https".equalsIgnoreCase(uri.getScheme()) || uri.getUserInfo() != null)) {
            throw forbidden(uri, "is no https address");
        }
    }

    /** Resolves the host of an address, and refuses one that is not public unless the operator chose it. */
    GuardedAddresses resolver(URI uri) {
        boolean isOurChoice = isBase(uri);
        return new GuardedAddresses(host -> isOurChoice || allowedHosts.contains(host.toLowerCase(Locale.ROOT)));
    }

    /** What is said of an address that must not be asked. */
    static CompressionException forbidden(URI uri, String why) {
        return new CompressionException(
                ErrorCode.SOURCE_FORBIDDEN,
                "the server leads to '%s://%s', which %s; name the host in bitstack.compression.fetch.allowed-hosts if it is yours"
                        .formatted(uri.getScheme(), uri.getHost(), why));
    }

    private static String host(URI uri) {
        return uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }
}
