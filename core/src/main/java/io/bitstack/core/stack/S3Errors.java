package io.bitstack.core.stack;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.MinioException;
import java.io.IOException;
import java.net.URI;
import java.util.Set;

/**
 * Says what went wrong with an S3 server in an operator's words, with endpoint and bucket. The library's own answers carry
 * whole requests, signed headers included, so they are neither quoted nor kept as causes.
 */
record S3Errors(URI endpoint, String bucket) {
    private static final Set<String> DENIED = Set.of(
            "AccessDenied",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "AuthorizationHeaderMalformed",
            "InvalidTokenId",
            "ExpiredToken");

    static boolean isMissingObject(ErrorResponseException e) {
        String code = e.errorResponse().code();
        return "NoSuchKey".equals(code) || "NoSuchObject".equals(code);
    }

    static boolean isBucketTaken(ErrorResponseException e) {
        return "BucketAlreadyOwnedByYou".equals(e.errorResponse().code());
    }

    /** Refused for want of a permission, the keys themselves being good. */
    static boolean isForbidden(ErrorResponseException e) {
        return "AccessDenied".equals(e.errorResponse().code());
    }

    interface Request<T> {
        T send() throws MinioException;
    }

    /** Sends a request; {@code what} completes "cannot …". @throws IOException if it fails, saying why */
    <T> T translating(String what, Request<T> request) throws IOException {
        try {
            return request.send();
        } catch (ErrorResponseException e) {
            throw refused(what, String.valueOf(e.errorResponse().code()));
        } catch (MinioException | IllegalStateException e) {
            // The library throws an IllegalStateException around a failed connection.
            throw broken(what, e);
        }
    }

    private IOException refused(String what, String code) {
        if (DENIED.contains(code)) {
            return failure(what, "access denied (%s): check access key, secret key and their policy".formatted(code));
        }
        if (code.equals("NoSuchBucket")) {
            return failure(what, "the bucket is missing: make it, or let the keys make it");
        }
        return failure(what, "the server answered %s".formatted(code));
    }

    private IOException broken(String what, Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                IOException failure = failure(what, "the server cannot be reached (%s)".formatted(io));
                failure.initCause(io);
                return failure;
            }
        }
        return failure(
                what,
                "the server's answer is not S3's (%s)".formatted(e.getClass().getSimpleName()));
    }

    private IOException failure(String what, String why) {
        return new IOException("cannot %s in bucket '%s' at %s: %s".formatted(what, bucket, endpoint, why));
    }
}
