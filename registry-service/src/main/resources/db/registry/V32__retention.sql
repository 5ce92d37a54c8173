-- What is found, and pruned, by its time: audit events, events, deliveries.

-- Audit events are listed by their time: ids come from several registries, each of which takes some ahead.
create index audit_events_at on audit_events (at, id);
create index audit_events_action on audit_events (action, at, id);
create index audit_events_principal on audit_events (split_part(principal, ';', 1), at, id);
-- They are pruned when their time is over, and never changed.
create trigger audit_events_never_change before update on audit_events for each row execute function refuse_change();

create index events_at on events (at, id);
create index webhook_deliveries_event on webhook_deliveries (event_id);
-- The last attempt's lease, or when the next one would have been: within a minute or an hour of when it was over.
create index webhook_deliveries_over on webhook_deliveries (next_attempt_at) where state <> 'pending';
