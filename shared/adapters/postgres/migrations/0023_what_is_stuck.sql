-- no transaction
-- The janitor finds what is due without reading what merely waits: leases that have ended and for which no message has been
-- sent since, and such messages that may be lost. Waiting exports are not in these indexes, however many there are.
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_due ON content_exports (lease_expires_at)
    WHERE workflow_state = 'exporting' AND (requeued_at IS NULL OR requeued_at < lease_expires_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_sent_again ON content_exports (requeued_at)
    WHERE workflow_state = 'exporting' AND requeued_at >= lease_expires_at;

-- It had an entry for each waiting export, and nothing reads it any more.
DROP INDEX CONCURRENTLY IF EXISTS content_exports_unfinished;
