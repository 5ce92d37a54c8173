package io.bitstack.service;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request cannot be served; the message says what is wrong and what to do. */
public class ApiException extends RuntimeException {
    private final transient ApiCode code;
    private final transient Map<String, Object> members = new LinkedHashMap<>();

    public ApiException(ApiCode code, String detail) {
        this(code, detail, null);
    }

    public ApiException(ApiCode code, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.code = code;
    }

    /** Adds a member to the problem, for what a program wants to read, such as {@code missingBytes}. */
    public ApiException with(String member, Object value) {
        members.put(member, value);
        return this;
    }

    public ApiCode code() {
        return code;
    }

    /** The message, never null. */
    public String detail() {
        String message = getMessage();
        return message == null ? code.meaning() : message;
    }

    Map<String, Object> members() {
        return members;
    }
}
