package io.bitstack.compression.error;

import io.bitstack.service.ApiCode;

/** The codes of this service, beside the common ones: answered, or carried by a failed job. The names are stable. */
public enum ErrorCode implements ApiCode {
    JOB_NOT_FOUND(404, "there is no such job"),
    JOB_FINISHED(409, "the job is finished and cannot be cancelled any more"),
    TOO_MANY_JOBS(429, "too many jobs are waiting"),
    JOB_UNFINISHED(409, "the job is not finished yet"),
    TOO_MANY_STREAMS(429, "too many clients are following jobs"),
    MODEL_NOT_FOUND(404, "the registry has no model of that name"),
    UPLOAD_NOT_FOUND(404, "there is no such upload or file"),
    UPLOAD_INVALID(422, "the upload cannot be taken so"),
    UPLOAD_OFFSET_DIFFERS(409, "the file goes on elsewhere"),
    UPLOAD_BUSY(409, "another piece of the file is being written"),
    UPLOAD_COMPLETE(409, "the upload is complete and takes nothing any more"),
    UPLOAD_INCOMPLETE(409, "the upload is not complete"),
    UPLOAD_IN_USE(409, "an unfinished job reads the upload"),
    UPLOAD_NOT_DIRECT(409, "the store takes no pieces itself"),
    UPLOAD_DAMAGED(422, "the piece is not what its digest says"),
    UPLOAD_TOO_LARGE(413, "more bytes than are taken"),
    TOO_MANY_UPLOADS(429, "too many uploads are open"),
    STORAGE_FULL(507, "the disk is full"),
    SOURCE_FORBIDDEN(422, "the path is not below an allowed directory"),
    SOURCE_NOT_FOUND(422, "there is nothing at the path"),
    SOURCE_REFUSED(422, "the hub refuses the model, or it is larger than is fetched"),
    SOURCE_UNREACHABLE(502, "the server that has the model does not answer"),
    SOURCE_DAMAGED(502, "what arrived is not what the server names"),
    MODEL_CONFIG_MISSING(422, "the directory has no config.json"),
    MODEL_CONFIG_INVALID(422, "config.json is not valid"),
    ARCHITECTURE_UNSUPPORTED(422, "the model is of a kind that is not supported"),
    TOKENIZER_MISSING(422, "the directory has no tokenizer.json"),
    TOKENIZER_UNSUPPORTED(422, "the model's tokenizer is damaged or of a kind that is not supported"),
    WEIGHTS_MISSING(422, "the path is neither a directory with safetensors files nor a GGUF file"),
    WEIGHTS_INVALID(422, "a weight file is damaged or does not fit config.json"),
    WEIGHTS_NOT_FINITE(422, "a weight is NaN or infinite"),
    TEXT_INVALID(422, "a calibration or evaluation text cannot be used"),
    CODEC_UNSUPPORTED(422, "there is no such codec"),
    PARAMETER_INVALID(422, "a codec parameter does not exist or is out of bounds"),
    REGISTRY_REFUSED(502, "the registry refused the stack"),
    REGISTRY_UNREACHABLE(502, "the registry does not answer"),
    STORAGE_FAILED(500, "a file could not be read or the blob store could not be written"),
    INTERNAL_ERROR(500, "the service failed; its log says more");

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

    @Override
    public int retryAfterSeconds() {
        // Jobs take minutes, and uploads no less; a stream ends with its client.
        return this == TOO_MANY_JOBS || this == TOO_MANY_UPLOADS ? 60 : this == TOO_MANY_STREAMS ? 5 : 0;
    }

    /** Whether trying the same again later may succeed. */
    public boolean isTransient() {
        return this == REGISTRY_UNREACHABLE
                || this == STORAGE_FAILED
                || this == STORAGE_FULL
                || this == SOURCE_UNREACHABLE
                || this == SOURCE_DAMAGED;
    }
}
