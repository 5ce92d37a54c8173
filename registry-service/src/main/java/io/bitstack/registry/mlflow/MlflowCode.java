package io.bitstack.registry.mlflow;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiCode;

/** The codes of MLflow that its clients compare, with the statuses that MLflow answers them with. */
enum MlflowCode {
    INVALID_PARAMETER_VALUE(400),
    RESOURCE_ALREADY_EXISTS(400),
    RESOURCE_DOES_NOT_EXIST(404),
    ENDPOINT_NOT_FOUND(404),
    RESOURCE_CONFLICT(409),
    TEMPORARILY_UNAVAILABLE(503),
    INTERNAL_ERROR(500);

    private final int status;

    MlflowCode(int status) {
        this.status = status;
    }

    int status() {
        return status;
    }

    /** What MLflow calls an error of this service. */
    static MlflowCode of(ApiCode code) {
        if (code == ErrorCode.MODEL_EXISTS || code == ErrorCode.VERSION_EXISTS) {
            return RESOURCE_ALREADY_EXISTS;
        }
        return switch (code.status()) {
            case 404 -> RESOURCE_DOES_NOT_EXIST;
            case 409, 412 -> RESOURCE_CONFLICT;
            case 503 -> TEMPORARILY_UNAVAILABLE;
            default -> code.status() >= 500 ? INTERNAL_ERROR : INVALID_PARAMETER_VALUE;
        };
    }
}
