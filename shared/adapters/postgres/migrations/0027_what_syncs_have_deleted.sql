-- When a sync deleted an object, since it did not name it: unlike one that was deleted by a message of its own, it comes back
-- by a state that is no older and was sent later. NULL for all others.
ALTER TABLE content_objects ADD COLUMN swept_at timestamptz;
