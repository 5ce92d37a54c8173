package io.bitstack.compression.upload;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.service.Problems;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of uploads: declare, send piece by piece, complete. */
@RestController
@RequestMapping("/api/v1/uploads")
class UploadController {
    private static final String OFFSET = "Upload-Offset";
    private static final String LENGTH = "Upload-Length";
    private static final String PIECE_TYPE = "application/offset+octet-stream";

    /** What a client is about to send. */
    record Declaration(
            @NotNull @NotEmpty @Size(max = 10_000) List<@NotNull @Valid DeclaredFile> files) {}

    record DeclaredFile(
            @NotNull
            @Pattern(
                    regexp = UploadNames.NAME,
                    message = "is no name of a file: letters, digits, '.', '_' and '-', not beginning with '.' or '-'")
            String name,

            @NotNull @Min(0) Long sizeBytes) {}

    /** The next piece of a file. */
    record Piece(
            @NotNull @Min(0) Long offsetBytes,
            @NotNull @Min(1) Long sizeBytes) {}

    /** Where a piece may be sent, by PUT and without credentials. */
    record Place(UUID piece, URI url, Instant expiresAt) {}

    /** @param next what to send as {@code after} for the next page; left out on the last one */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Page(List<UploadView> items, @Nullable UUID next) {}

    private final Uploads uploads;
    private final UploadPieces pieces;
    private final UploadSettings settings;

    UploadController(Uploads uploads, UploadPieces pieces, UploadSettings settings) {
        this.uploads = uploads;
        this.pieces = pieces;
        this.settings = settings;
    }

    private UploadView view(Upload upload) {
        return UploadView.of(upload, settings.maxPieceBytes(), uploads.isDirect(), null);
    }

    /** @param caller who asks, as the gateway says it: the key's id, then its scope */
    @PostMapping
    ResponseEntity<UploadView> create(
            @Valid @RequestBody Declaration declaration,
            @RequestHeader(name = "BitStack-Principal", defaultValue = "") String caller) {
        List<UploadFile> files = declaration.files().stream()
                .map(file -> new UploadFile(file.name(), file.sizeBytes(), 0))
                .toList();
        Upload upload = uploads.create(files, caller.split(";", 2)[0]);
        return ResponseEntity.created(URI.create("/api/v1/uploads/" + upload.id()))
                .body(view(upload));
    }

    @GetMapping
    Page list(
            @RequestParam(required = false) @Nullable UUID after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(200) int limit) {
        List<Upload> found = uploads.list(after, limit + 1);
        List<UploadView> items = found.stream().limit(limit).map(this::view).toList();
        return new Page(items, found.size() > limit ? items.getLast().id() : null);
    }

    @GetMapping("/{id}")
    UploadView get(@PathVariable UUID id) {
        return view(uploads.find(id));
    }

    /** HEAD too: where the file goes on. */
    @GetMapping("/{id}/files/{name}")
    ResponseEntity<UploadView.File> file(@PathVariable UUID id, @PathVariable String name) {
        UploadFile file = uploads.find(id).file(name);
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .header(OFFSET, Long.toString(file.offsetBytes()))
                .header(LENGTH, Long.toString(file.sizeBytes()))
                .body(UploadView.File.of(file));
    }

    /** The body is the file's next piece. */
    @PatchMapping(path = "/{id}/files/{name}", consumes = PIECE_TYPE)
    ResponseEntity<Void> append(
            @PathVariable UUID id,
            @PathVariable String name,
            @RequestHeader(OFFSET) @Min(0) long offset,
            @RequestHeader(name = "Content-Digest", required = false) @Nullable String digest,
            HttpServletRequest request)
            throws IOException {
        return noContent(pieces.append(id, name, offset, request.getInputStream(), ContentDigest.parse(digest)));
    }

    private static ResponseEntity<Void> noContent(long offsetBytes) {
        return ResponseEntity.noContent()
                .header(OFFSET, Long.toString(offsetBytes))
                .build();
    }

    @DeleteMapping("/{id}/files/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void reset(@PathVariable UUID id, @PathVariable String name) {
        uploads.reset(id, name);
    }

    /** A URL of the S3 server for the file's next piece. */
    @PostMapping("/{id}/files/{name}/pieces")
    @ResponseStatus(HttpStatus.CREATED)
    Place place(@PathVariable UUID id, @PathVariable String name, @Valid @RequestBody Piece next) {
        UUID piece = UUID.randomUUID();
        URI url = pieces.urlFor(id, name, piece, next.offsetBytes(), next.sizeBytes());
        return new Place(piece, url, Instant.now().plus(settings.urlValidity()));
    }

    /** Says that a piece was sent to its URL. */
    @PutMapping("/{id}/files/{name}/pieces/{piece}")
    ResponseEntity<Void> adopt(
            @PathVariable UUID id,
            @PathVariable String name,
            @PathVariable UUID piece,
            @Valid @RequestBody Piece sent) {
        return noContent(pieces.adopt(id, name, piece, sent.offsetBytes(), sent.sizeBytes()));
    }

    @PostMapping("/{id}/complete")
    UploadView complete(@PathVariable UUID id) {
        Uploads.Completed completed = uploads.complete(id);
        return UploadView.of(completed.upload(), settings.maxPieceBytes(), uploads.isDirect(), completed.checked());
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void discard(@PathVariable UUID id) {
        uploads.discard(id);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> goesOnElsewhere(OffsetDiffersException e) {
        ProblemDetail problem = Problems.of(ErrorCode.UPLOAD_OFFSET_DIFFERS, String.valueOf(e.getMessage()));
        problem.setProperty("offsetBytes", e.offsetBytes());
        return ResponseEntity.status(HttpStatus.CONFLICT)
                .header(OFFSET, Long.toString(e.offsetBytes()))
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
    }
}
