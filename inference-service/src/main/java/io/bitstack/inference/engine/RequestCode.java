package io.bitstack.inference.engine;

import io.bitstack.service.ApiCode;
import java.util.Locale;

/** Why a node does not answer an inference request. */
public enum RequestCode implements ApiCode {
    INVALID_VALUE(400, "a parameter has a value that is not accepted"),
    MISSING_PARAMETER(400, "a parameter that the route needs is missing"),
    UNSUPPORTED_PARAMETER(400, "the parameter is known, but this value of it is not supported"),
    INVALID_JSON(400, "the body is not a JSON object"),
    MODEL_HAS_NO_CHAT_TEMPLATE(400, "the model has no chat template; use /v1/completions"),
    CHAT_TEMPLATE_FAILED(400, "the model's chat template does not accept these messages"),
    CONTEXT_LENGTH_EXCEEDED(400, "prompt and answer do not fit into the context that the node has memory for"),
    MODEL_NOT_FOUND(404, "the node does not serve a model of that name"),
    ROUTE_NOT_FOUND(404, "there is no such route"),
    METHOD_NOT_ALLOWED(405, "the route does not take this method"),
    BODY_TOO_LARGE(413, "the body is larger than the node reads"),
    QUEUE_FULL(429, "as many requests wait as the node keeps; ask again after Retry-After"),
    GENERATION_FAILED(500, "the request failed; the node's log says why"),
    MODEL_NOT_LOADED(503, "the node has not loaded a model yet"),
    SHUTTING_DOWN(503, "the node is stopping"),
    DEADLINE_EXCEEDED(504, "the request took longer than the node allows");

    private final int status;
    private final String meaning;

    RequestCode(int status, String meaning) {
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

    /** The code in OpenAI's spelling. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
