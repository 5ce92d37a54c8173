package io.bitstack.standalone.client;

import java.io.IOException;

/** The platform said no. */
public final class ApiFailure extends IOException {
    private final int status;
    private final String code;

    ApiFailure(int status, String code, String detail) {
        super(detail);
        this.status = status;
        this.code = code;
    }

    public int status() {
        return status;
    }

    /** The stable code of the problem. */
    public String code() {
        return code;
    }
}
