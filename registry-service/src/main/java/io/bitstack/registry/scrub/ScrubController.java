package io.bitstack.registry.scrub;

import io.bitstack.registry.Page;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The route of results of scrubs. */
@RestController
@RequestMapping("/api/v1/storage/scrubs")
class ScrubController {
    private final ScrubResults results;

    ScrubController(ScrubResults results) {
        this.results = results;
    }

    /** The latest first; {@code after} is the id of the last one seen. */
    @GetMapping
    Page<ScrubResult> list(
            @RequestParam(required = false) @Nullable ScrubKind kind,
            @RequestParam(defaultValue = "") @Size(max = 71) String subject,
            @RequestParam(defaultValue = "9223372036854775807") @Min(0) long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(
                results.list(kind, subject, after, limit + 1),
                limit,
                result -> result,
                last -> Long.toString(last.id()));
    }
}
