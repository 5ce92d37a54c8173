package io.bitstack.registry.mlflow;

/** A request that MLflow's server would refuse too; answered in its shape. */
final class MlflowException extends RuntimeException {
    private final MlflowCode code;

    MlflowException(MlflowCode code, String message) {
        super(message);
        this.code = code;
    }

    static MlflowException invalid(String message) {
        return new MlflowException(MlflowCode.INVALID_PARAMETER_VALUE, message);
    }

    MlflowCode code() {
        return code;
    }
}
