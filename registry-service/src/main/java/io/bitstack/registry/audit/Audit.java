package io.bitstack.registry.audit;

import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Writes down each change in the transaction that makes it. */
@Service
public class Audit {
    private static final int LONGEST_PRINCIPAL = 200;
    private static final int LONGEST_SUBJECT = 300;

    private final AuditEvents events;

    Audit(AuditEvents events) {
        this.events = events;
    }

    @Transactional(propagation = Propagation.MANDATORY)
    public void record(String principal, String action, String subject) {
        events.save(new AuditEvent(cut(principal, LONGEST_PRINCIPAL), action, cut(subject, LONGEST_SUBJECT)));
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }
}
