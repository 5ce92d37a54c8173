package io.bitstack.registry.audit;

import org.springframework.data.repository.Repository;

interface AuditEvents extends Repository<AuditEvent, Long> {
    AuditEvent save(AuditEvent event);
}
