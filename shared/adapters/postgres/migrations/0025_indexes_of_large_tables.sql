-- no transaction
-- Whose turn it is, and what is in flight or held back.
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_turns ON content_exports (export_type, large, turn, id)
    WHERE workflow_state = 'created' AND held IS NOT TRUE;
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_in_flight ON content_exports (export_type, turn, id)
    WHERE workflow_state = 'exporting';
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_held ON content_exports (export_type, user_id, priority, turn, id)
    WHERE held AND workflow_state = 'created';

-- Quotas count what has not ended in a context; expiry under pressure reads the packages of an owner.
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_unfinished_of_context ON content_exports (context_type, context_id)
    WHERE workflow_state IN ('created', 'exporting');

-- Files whose bytes have not come yet.
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_files_without_bytes ON content_objects ((body ->> 'sha256'))
    WHERE kind = 'files' AND body ? 'sha256' AND NOT body ? 'crc32';

-- Packages of which no mail has reminded yet.
CREATE INDEX CONCURRENTLY IF NOT EXISTS attachments_to_remind ON attachments (expires_at)
    WHERE reminded_at IS NULL AND purged_at IS NULL;

-- Rows of earlier releases have the default.
ALTER TABLE content_exports VALIDATE CONSTRAINT content_exports_priority;
