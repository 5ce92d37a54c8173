package io.bitstack.registry.blob;

import io.bitstack.core.stack.BlobNotFoundException;
import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** Hands out blobs: by a short-lived URL of the store where it can make one, as a stream where it cannot. */
@RestController
class BlobController {
    private static final Duration URL_VALIDITY = Duration.ofMinutes(5);

    private final BlobStore blobs;

    BlobController(BlobStore blobs) {
        this.blobs = blobs;
    }

    @GetMapping("/api/v1/blobs/{digest}")
    ResponseEntity<InputStreamResource> get(
            @PathVariable Digest digest,
            @RequestHeader(name = HttpHeaders.RANGE, required = false) @Nullable String range,
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String known) {
        String tag = '"' + digest.toString() + '"';
        if (tag.equals(known)) {
            return ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(tag).build();
        }
        try {
            long sizeBytes = blobs.sizeBytes(digest).orElseThrow(() -> new BlobNotFoundException(digest));
            Optional<URI> url = blobs.presignedUrl(digest, URL_VALIDITY);
            if (url.isPresent()) {
                return ResponseEntity.status(HttpStatus.TEMPORARY_REDIRECT)
                        .location(url.get())
                        .build();
            }
            ByteRange wanted = ByteRange.parse(range, sizeBytes);
            ResponseEntity.BodyBuilder answer = ResponseEntity.status(
                            wanted.isWhole() ? HttpStatus.OK : HttpStatus.PARTIAL_CONTENT)
                    .eTag(tag)
                    .header(HttpHeaders.ACCEPT_RANGES, "bytes")
                    .header(HttpHeaders.CACHE_CONTROL, "private, max-age=31536000, immutable")
                    .contentType(MediaType.APPLICATION_OCTET_STREAM)
                    .contentLength(wanted.lengthBytes());
            if (!wanted.isWhole()) {
                answer.header(HttpHeaders.CONTENT_RANGE, wanted.contentRange());
            }
            return answer.body(new InputStreamResource(blobs.open(digest, wanted.fromByte(), wanted.lengthBytes())));
        } catch (BlobNotFoundException e) {
            throw new ApiException(ErrorCode.BLOB_NOT_FOUND, "there is no blob " + digest, e);
        } catch (IOException e) {
            throw new ApiException(
                    ErrorCode.STORAGE_FAILED, "blob %s could not be read: %s".formatted(digest, e.getMessage()), e);
        }
    }
}
