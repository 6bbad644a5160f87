-- When it was decided whether a mail reminds of a package that expires soon: once for each package.

ALTER TABLE attachments ADD COLUMN reminded_at timestamptz;
CREATE INDEX attachments_to_remind ON attachments (expires_at) WHERE reminded_at IS NULL AND purged_at IS NULL;
