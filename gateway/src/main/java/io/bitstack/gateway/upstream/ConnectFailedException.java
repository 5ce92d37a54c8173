package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;

/** No connection came about, so nothing was sent: another server may be asked the same. */
public class ConnectFailedException extends ApiException {
    public ConnectFailedException(String detail, Throwable cause) {
        super(GatewayCode.SERVICE_UNREACHABLE, detail, cause);
    }
}
