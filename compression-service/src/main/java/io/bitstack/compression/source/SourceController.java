package io.bitstack.compression.source;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers whether a directory could be compressed, before anyone makes a job of it. */
@RestController
@RequestMapping("/api/v1/source-checks")
class SourceController {
    record SourceCheck(@NotBlank @Size(max = 4096) String path) {}

    private final Sources sources;

    SourceController(Sources sources) {
        this.sources = sources;
    }

    @PostMapping
    CheckedSource check(@Valid @RequestBody SourceCheck request) {
        return sources.check(request.path());
    }
}
