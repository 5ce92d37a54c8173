package io.bitstack.service.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Predicate;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves the names of servers that others name, and refuses addresses that are not public. The connection is made to the very addresses that were looked at, so a name
 * that changes its mind in between gains nothing; a client asks again for each redirect that it follows.
 */
public final class GuardedAddresses implements DnsResolver {
    private final Predicate<String> isAllowed;
    private final Lookup lookup;

    /** Knows where names lead, and may say something else each time. */
    interface Lookup {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /** @param isAllowed names or addresses that may be reached though they are not public: the operator's own */
    public GuardedAddresses(Predicate<String> isAllowed) {
        this(isAllowed, InetAddress::getAllByName);
    }

    GuardedAddresses(Predicate<String> isAllowed, Lookup lookup) {
        this.isAllowed = isAllowed;
        this.lookup = lookup;
    }

    /**
     * The addresses of a host.
     *
     * @throws ForbiddenAddressException if one of them is not public
     */
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = lookup.addresses(host);
        if (!isAllowed.test(host)) {
            for (InetAddress address : addresses) {
                if (!isPublic(address)) {
                    throw new ForbiddenAddressException(host, address.getHostAddress());
                }
            }
        }
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    /** Whether an address is one of the public Internet, by the registries of special-purpose addresses. */
    public static boolean isPublic(InetAddress address) {
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
        int third = Byte.toUnsignedInt(bytes[2]);
        boolean isShared = first == 100 && second >= 64 && second < 128;
        boolean isBenchmark = first == 198 && (second == 18 || second == 19);
        boolean isProtocol =
                first == 192 && ((second == 0 && (third == 0 || third == 2)) || (second == 88 && third == 99));
        boolean isExample =
                (first == 198 && second == 51 && third == 100) || (first == 203 && second == 0 && third == 113);
        return first != 0 && first < 240 && !isShared && !isBenchmark && !isProtocol && !isExample;
    }

    /** Global unicast alone, and none of the forms that carry an IPv4 address within or are examples. */
    private static boolean isPublic6(byte[] bytes) {
        int first = Byte.toUnsignedInt(bytes[0]);
        int second = Byte.toUnsignedInt(bytes[1]);
        int third = Byte.toUnsignedInt(bytes[2]);
        boolean isGlobal = (first & 0xe0) == 0x20;
        boolean isSpecial = first == 0x20 && second == 0x01 && (third < 0x02 || third == 0x0d);
        boolean isTunnel = first == 0x20 && second == 0x02;
        boolean isExample = first == 0x3f && second == 0xff && third < 0x10;
        return isGlobal && !isSpecial && !isTunnel && !isExample;
    }
}
