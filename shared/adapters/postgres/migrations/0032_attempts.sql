-- What became of each attempt at an export: a row at its end. The one that runs is in content_exports itself.

ALTER TABLE content_exports ADD COLUMN claimed_at timestamptz;  -- when `attempt` began; null: claimed by an earlier release

CREATE TABLE export_attempts (
    content_export_id bigint NOT NULL REFERENCES content_exports ON DELETE CASCADE,
    attempt           integer NOT NULL,
    worker            text,
    claimed_at        timestamptz,
    ended_at          timestamptz NOT NULL DEFAULT now(),
    outcome           text NOT NULL CHECK (outcome IN ('finished', 'failed', 'released', 'lapsed', 'cancelled', 'infrastructure')),
    counts            boolean NOT NULL DEFAULT true,     -- towards the most attempts that are made
    error_code        text,
    error_message     text,
    facts             jsonb,                             -- seconds of its phases, and its slowest objects
    PRIMARY KEY (content_export_id, attempt)
);
CREATE INDEX export_attempts_by_worker ON export_attempts (worker, content_export_id DESC);

-- Ends that come from another process than the worker: the export was cancelled or given up, or another attempt has begun
-- because the lease had ended. What the worker itself has written about its attempt stays as it is.
CREATE FUNCTION export_attempt_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO export_attempts (content_export_id, attempt, worker, claimed_at, ended_at, outcome, error_code, error_message)
    VALUES (OLD.id, OLD.attempt, OLD.worker, OLD.claimed_at, least(now(), OLD.lease_expires_at),
            CASE WHEN NEW.workflow_state = 'exporting' OR NEW.error_code = 'attempts_exhausted' THEN 'lapsed'
                 WHEN NEW.error_code IN ('cancelled', 'failed_by_admin') THEN 'cancelled'
                 ELSE 'failed' END,
            CASE WHEN NEW.workflow_state = 'failed' AND NEW.error_code <> 'attempts_exhausted' THEN NEW.error_code END,
            CASE WHEN NEW.workflow_state = 'failed' AND NEW.error_code <> 'attempts_exhausted' THEN left(NEW.error_message, 1000) END)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER export_attempt_ends AFTER UPDATE OF workflow_state, attempt ON content_exports
    FOR EACH ROW WHEN (OLD.workflow_state = 'exporting' AND OLD.attempt > 0
                       AND (NEW.attempt > OLD.attempt OR NEW.workflow_state = 'failed'))
    EXECUTE FUNCTION export_attempt_ended();
