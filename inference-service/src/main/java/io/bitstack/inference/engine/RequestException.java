package io.bitstack.inference.engine;

import io.bitstack.service.ApiException;
import org.jspecify.annotations.Nullable;

/** An inference request cannot be answered; the message says what is wrong and what to do. */
public final class RequestException extends ApiException {
    private final RequestCode reason;
    private final @Nullable String parameter;

    public RequestException(RequestCode reason, String detail) {
        this(reason, null, detail);
    }

    /** @param parameter the member of the request that is to blame */
    public RequestException(RequestCode reason, @Nullable String parameter, String detail) {
        super(reason, detail);
        this.reason = reason;
        this.parameter = parameter;
    }

    public RequestCode reason() {
        return reason;
    }

    public @Nullable String parameter() {
        return parameter;
    }
}
