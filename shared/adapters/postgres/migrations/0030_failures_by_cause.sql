-- no transaction
-- Operators create again what failed of one cause, since a time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_failures ON content_exports (error_code, finished_at, id)
    WHERE workflow_state = 'failed';
