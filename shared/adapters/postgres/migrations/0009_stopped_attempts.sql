-- A worker that is told to stop hands its exports back. That is no fault of theirs, and is not held against them.

ALTER TABLE content_exports ADD COLUMN stopped_attempts integer NOT NULL DEFAULT 0;  -- of `attempt`, ended by a stop
