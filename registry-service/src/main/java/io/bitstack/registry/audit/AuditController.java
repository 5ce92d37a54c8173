package io.bitstack.registry.audit;

import io.bitstack.registry.Page;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
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
    private final JdbcClient jdbc;
    private final Audit audit;

    AuditController(JdbcClient jdbc, Audit audit) {
        this.jdbc = jdbc;
        this.audit = audit;
    }

    /** A change as it is listed. */
    record View(long id, Instant at, String principal, String action, String subject) {}

    /** A change that another service made. */
    record Report(
            @NotNull @Size(min = 1, max = 200) String principal,
            @NotNull @Size(min = 1, max = 50) String action,
            @NotNull @Size(max = 300) String subject) {}

    /** The latest first; {@code after} is the id of the last one seen. */
    @GetMapping("/audit-events")
    Page<View> list(
            @RequestParam(defaultValue = "9223372036854775807") @Min(0) long after,
            @RequestParam(defaultValue = "") @Size(max = 200) String principal,
            @RequestParam(defaultValue = "") @Size(max = 50) String action,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        List<View> found = jdbc.sql("select id, at, principal, action, subject from registry.audit_events where id < ?"
                        + " and (? = '' or split_part(principal, ';', 1) = ?) and (? = '' or action = ?)"
                        + " order by id desc limit ?")
                .params(after, principal, principal, action, action, limit + 1)
                .query(AuditController::view)
                .list();
        return Page.of(found, limit, view -> view, last -> Long.toString(last.id()));
    }

    /** For the platform's services, which alone reach it. */
    @PostMapping("/internal/audit-events")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Transactional
    void report(@Valid @RequestBody Report report) {
        audit.record(report.principal(), report.action(), report.subject());
    }

    private static View view(ResultSet row, int ignored) throws SQLException {
        return new View(
                row.getLong("id"),
                row.getTimestamp("at").toInstant(),
                row.getString("principal"),
                row.getString("action"),
                row.getString("subject"));
    }
}
