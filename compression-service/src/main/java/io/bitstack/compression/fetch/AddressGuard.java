package io.bitstack.compression.fetch;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
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

    /** @throws CompressionException {@code SOURCE_FORBIDDEN} if the address must not be asked */
    void require(URI uri) {
        if (isBase(uri) || allowedHosts.contains(host(uri))) {
            return;
        }
        if (!"https".equalsIgnoreCase(uri.getScheme()) || uri.getUserInfo() != null) {
            throw forbidden(uri, "is no https address");
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(uri.getHost())) {
                if (!isPublic(address)) {
                    throw forbidden(uri, "leads to " + address.getHostAddress() + ", which is no public address");
                }
            }
        } catch (UnknownHostException e) {
            throw new CompressionException(
                    ErrorCode.SOURCE_UNREACHABLE, "there is no host '%s'".formatted(uri.getHost()), e);
        }
    }

    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 255;
        int second = bytes[1] & 255;
        if (address instanceof Inet6Address) {
            boolean uniqueLocal = (first & 0xFE) == 0xFC;
            boolean embedsIpv4 = first == 0 || (first == 0x20 && second == 0x02);
            if (uniqueLocal || embedsIpv4) {
                return false;
            }
        } else {
            boolean shared = first == 100 && second >= 64 && second < 128;
            boolean reserved =
                    first == 0 || first >= 240 || (first == 192 && second == 0) || (first == 198 && second >> 1 == 9);
            if (shared || reserved) {
                return false;
            }
        }
        return !address.isLoopbackAddress()
                && !address.isSiteLocalAddress()
                && !address.isLinkLocalAddress()
                && !address.isAnyLocalAddress()
                && !address.isMulticastAddress();
    }

    private static CompressionException forbidden(URI uri, String why) {
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
