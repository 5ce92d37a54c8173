package io.bitstack.registry.audit;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;

/** One change; the database sets its time. */
@Entity
@Table(name = "audit_events")
class AuditEvent {
    @Id
    @GeneratedValue(generator = "ids")
    @SequenceGenerator(name = "ids", sequenceName = "ids")
    private long id;

    @Column
    private String principal;

    @Column
    private String action;

    @Column
    private String subject;

    protected AuditEvent() {}

    AuditEvent(String principal, String action, String subject) {
        this.principal = principal;
        this.action = action;
        this.subject = subject;
    }

    @Override
    public String toString() {
        return "%d: %s %s %s".formatted(id, principal, action, subject);
    }
}
