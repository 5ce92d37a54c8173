package io.bitstack.gateway.error;

import io.bitstack.service.ApiCode;

/** The codes that the gateway itself answers with, beside the common ones. */
public enum GatewayCode implements ApiCode {
    CSRF_REFUSED(403, "the request did not come from the page that has the session"),
    SESSION_NOT_FOUND(404, "there is no such session"),
    PROVIDER_UNREACHABLE(503, "the login provider does not answer"),
    BODY_TOO_SLOW(408, "the request's body did not arrive in time"),
    QUALITY_NOT_AVAILABLE(503, "no ready node holds as many bits per weight as the request wants"),
    BODY_TOO_LARGE(413, "the request's body is larger than the gateway takes"),
    WEBSOCKET_REQUIRED(426, "this route is opened as a WebSocket"),
    RATE_LIMITED(429, "the key or address has asked for more than it may in a time"),
    GATEWAY_BUSY(503, "the gateway holds as many request bodies as it may"),
    REGISTRY_UNREACHABLE(503, "the registry does not answer"),
    SERVICE_UNREACHABLE(503, "the service behind this route does not answer"),
    MODEL_REQUIRED(400, "the request does not name a model"),
    MODEL_NOT_FOUND(404, "no node holds this model"),
    MODEL_NOT_READY(503, "the nodes that hold this model are not ready"),
    NODE_NOT_FOUND(404, "there is no node of this name"),
    NODE_UNREACHABLE(503, "no node that is ready for this model could be reached"),
    UPSTREAM_TIMEOUT(504, "the service or node did not begin to answer in time"),
    UPSTREAM_FAILED(502, "the service or node broke the connection before it answered");

    private final int status;
    private final String meaning;

    GatewayCode(int status, String meaning) {
        this.status = status;
        this.meaning = meaning;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String meaning() {
        return meaning;
    }
}
