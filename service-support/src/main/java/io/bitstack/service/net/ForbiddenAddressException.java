package io.bitstack.service.net;

import java.net.UnknownHostException;

/** A name leads to an address that nobody outside may reach. */
public class ForbiddenAddressException extends UnknownHostException {
    ForbiddenAddressException(String host, String address) {
        super("%s is %s, which is no public address".formatted(host, address));
    }
}
