-- no transaction
-- Operators see the messages of one export that no relay has sent yet, however many wait while the broker is away.
CREATE INDEX CONCURRENTLY IF NOT EXISTS outbox_of_exports ON outbox ((body ->> 'export_id'));
