package io.bitstack.registry.error;

import io.bitstack.service.ApiCode;

/** The codes of this service, beside the common ones. The names are stable. */
public enum ErrorCode implements ApiCode {
    NAME_INVALID(400, "a name has characters or a length that names may not have"),
    MODEL_EXISTS(409, "there is a model of that name already"),
    MODEL_NOT_FOUND(404, "there is no such model"),
    VERSION_NOT_FOUND(404, "the model has no such version"),
    ALIAS_NOT_FOUND(404, "the model has no such alias"),
    STACK_NOT_FOUND(404, "there is no such stack"),
    BLOB_NOT_FOUND(404, "there is no such blob"),
    RANGE_INVALID(416, "the range does not lie in the blob"),
    MANIFEST_INVALID(422, "the manifest is malformed or contradicts itself"),
    BLOB_MISSING(422, "the blob store does not hold what the manifest names"),
    BUDGET_TOO_SMALL(422, "the budget does not hold the minimal prefix"),
    NODE_NOT_FOUND(404, "there is no such node"),
    DEPLOYMENT_NOT_FOUND(404, "there is no such deployment"),
    KEY_UNKNOWN(401, "the key is unknown or was revoked"),
    KEY_NOT_FOUND(404, "there is no such key"),
    STORAGE_FAILED(503, "the blob store does not answer as it should");

    private final int status;
    private final String meaning;

    ErrorCode(int status, String meaning) {
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
