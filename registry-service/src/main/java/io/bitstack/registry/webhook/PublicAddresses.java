package io.bitstack.registry.webhook;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names for webhooks and refuses addresses that nobody outside may reach: the connection is made to the very addresses that
 * were looked at, so a name that changes its mind in between gains nothing.
 */
final class PublicAddresses implements DnsResolver {
    private final Set<String> allowedHosts;

    /** @param allowedHosts names or addresses of private networks that may be reached all the same */
    PublicAddresses(Set<String> allowedHosts) {
        this.allowedHosts = Set.copyOf(allowedHosts);
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = InetAddress.getAllByName(host);
        if (!allowedHosts.contains(host)) {
            for (InetAddress address : addresses) {
                if (!isPublic(address)) {
                    throw new UnknownHostException("%s is an address that webhooks may not reach (%s)"
                            .formatted(host, address.getHostAddress()));
                }
            }
        }
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address ? isPublic6(bytes) : isPublic4(bytes);
    }

    private static boolean isPublic4(byte[] bytes) {
        int first = Byte.toUnsignedInt(bytes[0]);
        int second = Byte.toUnsignedInt(bytes[1]);
        boolean isShared = first == 100 && second >= 64 && second < 128;
        boolean isTest = (first == 198 && (second == 18 || second == 19 || second == 51))
                || (first == 192 && second == 0)
                || (first == 203 && second == 0);
        return first != 0 && first < 240 && !isShared && !isTest;
    }

    /** Global unicast alone, and none of the forms that carry an IPv4 address within. */
    private static boolean isPublic6(byte[] bytes) {
        int first = Byte.toUnsignedInt(bytes[0]);
        int second = Byte.toUnsignedInt(bytes[1]);
        boolean isGlobal = (first & 0xe0) == 0x20;
        boolean isTunnel = first == 0x20 && (second == 0x02 || (second == 0x01 && bytes[2] == 0));
        return isGlobal && !isTunnel;
    }
}
