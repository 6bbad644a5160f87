-- no transaction
-- Packages in the store are read again from time to time: what was found, and when. The one that was read longest ago comes
-- next; a package is read when it is built, too.
ALTER TABLE attachments
    ADD COLUMN IF NOT EXISTS package_state text CHECK (package_state IN ('intact', 'changed', 'missing')),
    ADD COLUMN IF NOT EXISTS checked_at    timestamptz;
CREATE INDEX CONCURRENTLY IF NOT EXISTS attachments_to_scrub ON attachments (coalesce(checked_at, created_at), id)
    WHERE purged_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS attachments_damaged ON attachments (id)
    WHERE package_state IN ('changed', 'missing') AND purged_at IS NULL;
