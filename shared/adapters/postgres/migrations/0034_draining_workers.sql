-- Operators see the workers, and have one finish what it has and take no more. A worker that starts again has another name.
ALTER TABLE worker_processes
    ADD COLUMN version        text,                               -- of its code; null: of an earlier release
    ADD COLUMN started_at     timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN seen_at        timestamptz,                        -- its last heartbeat
    ADD COLUMN draining_since timestamptz;
