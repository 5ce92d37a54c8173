package io.bitstack.registry.error;

import io.bitstack.service.ApiCode;

/** The codes of this service, beside the common ones. The names are stable. */
public enum ErrorCode implements ApiCode {
    NAME_INVALID(400, "a name has characters or a length that names may not have"),
    MODEL_EXISTS(409, "there is a model of that name already"),
    MODEL_NOT_FOUND(404, "there is no such model"),
    VERSION_NOT_FOUND(404, "the model has no such version"),
    ALIAS_NOT_FOUND(404, "the model has no such alias"),
    MODEL_IN_USE(409, "deployments name the model"),
    VERSION_EXISTS(409, "the model has a version of that number already, or another number comes next"),
    VERSION_STATE_INVALID(409, "the version's state does not allow this"),
    VERSION_NOT_READY(409, "the version is not ready to be served"),
    VERSION_IN_USE(409, "an alias, a deployment or a node uses the version"),
    LINEAGE_CYCLE(409, "a version would be made from itself"),
    PRECONDITION_FAILED(412, "it was changed since it was read"),
    IDEMPOTENCY_IN_PROGRESS(409, "the first request with this key is not answered yet"),
    IDEMPOTENCY_KEY_REUSED(422, "the key came with another request before"),
    IDEMPOTENCY_NOT_KEPT(409, "the request was done and its answer is not kept"),
    STACK_FILE_INVALID(422, "the file is not a .bitstack file, or too little of one"),
    IMPORT_OFFSET_INVALID(409, "a piece of a file does not begin where it must"),
    BLOB_CORRUPT(422, "the bytes are not those that the digest names"),
    WEBHOOK_URL_INVALID(422, "webhooks are not sent to such a URL"),
    WEBHOOKS_TOO_MANY(409, "there are as many webhooks as there may be"),
    WEBHOOK_NOT_FOUND(404, "there is no such webhook"),
    DELIVERY_NOT_FOUND(404, "the webhook has no such delivery"),
    DELIVERY_PENDING(409, "the delivery is still being tried"),
    SIGNING_KEY_NOT_FOUND(404, "there is no such signing key"),
    REQUEST_TOO_LARGE(413, "the request's body is larger than the route takes"),
    TAG_INVALID(422, "a tag's key or value is not what tags may be"),
    TAGS_TOO_MANY(422, "there are as many tags as there may be"),
    FILTER_INVALID(400, "the filter cannot be read"),
    STACK_NOT_FOUND(404, "there is no such stack"),
    BLOB_NOT_FOUND(404, "there is no such blob"),
    RANGE_INVALID(416, "the range does not lie in the blob"),
    MANIFEST_INVALID(422, "the manifest is malformed or contradicts itself"),
    BLOB_MISSING(422, "the blob store does not hold what the manifest names"),
    BUDGET_TOO_SMALL(422, "the budget does not hold the minimal prefix"),
    NODE_NOT_FOUND(404, "there is no such node"),
    NODE_EXISTS(409, "a node of that name has joined already"),
    NODE_FOREIGN(403, "the key belongs to another node, or was revoked"),
    JOIN_TOKEN_UNKNOWN(401, "the join token is unknown, used up, expired or was revoked"),
    JOIN_TOKEN_NOT_FOUND(404, "there is no such join token"),
    LABEL_INVALID(400, "a label has a name or a value that labels may not have"),
    BUDGET_TOO_LARGE(422, "the node does not have so much memory"),
    DEPLOYMENT_NOT_FOUND(404, "there is no such deployment"),
    DEPLOYMENT_INVALID(422, "the parts of a deployment contradict each other"),
    ROLLOUT_NOT_FOUND(404, "there is no such rollout"),
    ROLLOUT_RUNNING(409, "the deployment has a rollout that is not over"),
    ROLLOUT_INVALID(422, "the rollout would change nothing, or its steps or gate make no sense"),
    ROLLOUT_STATE_INVALID(409, "the rollout's state does not allow this"),
    COLLECTION_RUNNING(409, "a collection is running already"),
    KEY_UNKNOWN(401, "the key is unknown, expired or revoked"),
    KEY_NOT_FOUND(404, "there is no such key"),
    KEY_TERMS_INVALID(422, "a key cannot be made on such terms"),
    SESSION_UNKNOWN(401, "the session is unknown or has ended"),
    SESSION_NOT_FOUND(404, "there is no such session"),
    CONTENDED(503, "others changed the same at the same time, several times"),
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
