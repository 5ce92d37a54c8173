package io.bitstack.registry.transfer;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.Caller;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Takes {@code .bitstack} files in, piece by piece: the head first, then pieces that each begin where the last answer said, then the
 * word to publish. What was stored stays stored, so an import that broke off begins anew with the head and goes on where it was.
 */
@RestController
@RequestMapping("/api/v1")
class ImportController {
    private final Imports imports;

    ImportController(Imports imports) {
        this.imports = imports;
    }

    /** @param fileBytes how long the file is; what lies beyond was cut off */
    record Finish(@NotNull Digest stackDigest, @Min(1) long fileBytes) {}

    /** The body is the file's beginning, at least up to the end of its manifest. */
    @PostMapping("/imports")
    Imports.Progress begin(HttpServletRequest request) throws IOException {
        return imports.begin(request.getInputStream());
    }

    /** The body is the file from {@code offset} on, where a blob begins; a blob that is cut off at its end is not taken. */
    @PutMapping("/imports/{digest}")
    Imports.Progress piece(@PathVariable Digest digest, @RequestParam @Min(0) long offset, HttpServletRequest request)
            throws IOException {
        return imports.piece(digest, offset, request.getInputStream());
    }

    /** Publishes what the file holds: the whole stack, or of a file that was cut the longest prefix, which is a smaller model. */
    @PostMapping("/models/{model}/imports")
    ResponseEntity<Imports.Imported> finish(
            @PathVariable String model,
            @Valid @RequestBody Finish finish,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        Imports.Imported imported = imports.finish(model, finish.stackDigest(), finish.fileBytes(), principal);
        return ResponseEntity.status(HttpStatus.CREATED).body(imported);
    }
}
