-- When it was decided whether a mail reminds of a package that expires soon: once for each package.

ALTER TABLE attachments ADD COLUMN reminded_at timestamptz;
