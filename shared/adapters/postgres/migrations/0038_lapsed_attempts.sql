-- no transaction
-- The janitor counts the workers that were lost of late.
CREATE INDEX CONCURRENTLY IF NOT EXISTS export_attempts_lapsed ON export_attempts (ended_at) WHERE outcome = 'lapsed';
