package io.bitstack.gateway.limit;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;

/** Whom an address stands for: with IPv6 one customer has a whole network of 2^64 addresses, and may send from any of them. */
final class ClientNetwork {
    private static final int NETWORK_BYTES = 8;

    private ClientNetwork() {}

    /** The name under which an address is counted. */
    static String of(String address) {
        try {
            return InetAddress.ofLiteral(address) instanceof Inet6Address six
                    ? HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), NETWORK_BYTES)) + "::/64"
                    : address;
        } catch (IllegalArgumentException e) {
            // What a proxy of the operator's says of a client need not be an address.
            return address;
        }
    }
}
