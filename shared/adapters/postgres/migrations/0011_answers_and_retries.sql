-- A repeated request gets the first answer again, as it was; and an export whose retry has ended in vain can be retried anew.

ALTER TABLE idempotency_keys
    ADD COLUMN status integer,  -- of the first answer; NULL in rows of an earlier release
    ADD COLUMN body   bytea;    -- its JSON

-- At most one retry of an export is alive; those that failed or were deleted stay beside it.
DROP INDEX content_exports_by_retry_of;
CREATE UNIQUE INDEX content_exports_live_retry ON content_exports (((settings ->> 'retry_of')::bigint))
    WHERE settings ? 'retry_of' AND workflow_state NOT IN ('failed', 'deleted');
CREATE INDEX content_exports_by_retry_of ON content_exports (((settings ->> 'retry_of')::bigint), id)
    WHERE settings ? 'retry_of';
