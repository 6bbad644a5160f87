-- Quotas count what has not ended in a context; expiry under pressure reads the packages of an owner.

CREATE INDEX content_exports_unfinished_of_context ON content_exports (context_type, context_id)
    WHERE workflow_state IN ('created', 'exporting');
