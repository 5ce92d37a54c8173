package io.bitstack.registry.audit;

import io.bitstack.registry.Page;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of audit events. */
@RestController
@RequestMapping("/api/v1")
class AuditController {
    private final AuditLog log;
    private final Audit audit;

    AuditController(AuditLog log, Audit audit) {
        this.log = log;
        this.audit = audit;
    }

    /** A change that another service made. */
    record Report(
            @NotNull @Size(min = 1, max = 200) String principal,
            @NotNull @Size(min = 1, max = 50) String action,
            @NotNull @Size(max = 300) String subject) {}

    /**
     * The latest first; {@code after} is the id of the last one seen.
     *
     * @param principal the id of who did it
     * @param from the first time that counts, and {@code to} the first that does not any more
     */
    @GetMapping("/audit-events")
    Page<AuditLog.View> list(
            @RequestParam(required = false) @Nullable @Min(0) Long after,
            @RequestParam(defaultValue = "") @Size(max = 200) String principal,
            @RequestParam(defaultValue = "") @Size(max = 50) String action,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        List<AuditLog.View> found = log.find(new AuditLog.Wanted(principal, action, from, to, after), limit + 1);
        return Page.of(found, limit, view -> view, last -> Long.toString(last.id()));
    }

    /** For the platform's services, which alone reach it. */
    @PostMapping("/internal/audit-events")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Transactional
    void report(@Valid @RequestBody Report report) {
        audit.record(report.principal(), report.action(), report.subject());
    }
}
