package io.bitstack.service;

/** The codes that every service answers with. */
public enum CommonCode implements ApiCode {
    UNAUTHORIZED(401, "the credentials are missing or wrong"),
    FORBIDDEN(403, "the key's scope does not allow this"),
    REQUEST_INVALID(400, "the request is not what the route asks for"),
    ROUTE_NOT_FOUND(404, "there is no such route"),
    INTERNAL_ERROR(500, "the service failed; its log says more under the error's id");

    private final int status;
    private final String meaning;

    CommonCode(int status, String meaning) {
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
