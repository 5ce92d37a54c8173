package io.bitstack.registry.transfer;

import io.bitstack.core.stack.BlobStore;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackFile;
import io.bitstack.registry.blob.ByteRange;
import io.bitstack.registry.error.ErrorCode;
import io.bitstack.registry.signing.Signing;
import io.bitstack.registry.stack.Stacks;
import io.bitstack.service.ApiException;
import jakarta.validation.constraints.Min;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** Sends a stack, or a prefix of it, as one file. A range is sent alone, so a download that broke off goes on where it ended. */
@RestController
class ExportController {
    private final Stacks stacks;
    private final Signing signing;
    private final BlobStore blobs;

    ExportController(Stacks stacks, Signing signing, BlobStore blobs) {
        this.signing = signing;
        this.stacks = stacks;
        this.blobs = blobs;
    }

    /** @param blocks how many blocks of the stack order; all if left out */
    @GetMapping("/api/v1/stacks/{digest}/export")
    ResponseEntity<StreamingResponseBody> export(
            @PathVariable Digest digest,
            @RequestParam(required = false) @Nullable @Min(1) Integer blocks,
            @RequestHeader(name = HttpHeaders.RANGE, required = false) @Nullable String range) {
        StackFile file = StackFile.of(
                stacks.manifest(digest),
                signing.signatures(digest).stream()
                        .findFirst()
                        .map(newest -> new StackFile.FileSignature(
                                newest.keyId(), Base64.getDecoder().decode(newest.signature())))
                        .orElse(null));
        int minimal = file.manifest().minimalBlocks();
        if (blocks != null && blocks < minimal) {
            throw new ApiException(
                    ErrorCode.STACK_FILE_INVALID,
                    "%d blocks are no model: the minimal prefix has %d".formatted(blocks, minimal));
        }
        ByteRange wanted = ByteRange.parse(range, blocks == null ? file.sizeBytes() : file.sizeBytes(blocks));
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(
                        wanted.isWhole() ? HttpStatus.OK : HttpStatus.PARTIAL_CONTENT)
                .eTag('"' + digest.toString() + '"')
                .header(HttpHeaders.ACCEPT_RANGES, "bytes")
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        "attachment; filename=\"%s.bitstack\""
                                .formatted(digest.hex().substring(0, 12)))
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .contentLength(wanted.lengthBytes());
        if (!wanted.isWhole()) {
            answer.header(HttpHeaders.CONTENT_RANGE, wanted.contentRange());
        }
        return answer.body(out -> write(file, wanted.fromByte(), wanted.fromByte() + wanted.lengthBytes(), out));
    }

    private void write(StackFile file, long from, long to, OutputStream out) throws IOException {
        byte[] head = file.head();
        if (from < head.length) {
            out.write(head, (int) from, (int) (Math.min(to, head.length) - from));
        }
        for (StackFile.Entry entry : file.entries()) {
            long begin = Math.max(from, entry.offsetBytes());
            long end = Math.min(to, entry.endBytes());
            if (begin < end) {
                try (InputStream in = blobs.open(entry.blob().digest(), begin - entry.offsetBytes(), end - begin)) {
                    in.transferTo(out);
                }
            }
        }
    }
}
