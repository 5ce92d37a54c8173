package io.bitstack.gateway.upstream;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;

/** A server took a request and was lost before the first byte of its answer: what has no effect may be asked of another. */
public class NotBegunException extends ApiException {
    public NotBegunException(String detail, Throwable cause) {
        super(GatewayCode.UPSTREAM_FAILED, detail, cause);
    }
}
