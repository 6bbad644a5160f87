-- How many tries the target of a delivery was reached by, or was waited for: those of a process that was killed, or that
-- lacked its own database, do not use up the tries of a delivery. `attempt` stays the fencing token. NULL: no try has begun
-- since this column is there; all attempts until then count.

ALTER TABLE deliveries ADD COLUMN tries integer;
