-- Whose turn it is: the waiting export with the lowest turn is built next (shared/domain/fairness/fair_turns.py has the rules).
-- Rows of an earlier release have turn 0: they go first, the oldest before the others.

ALTER TABLE content_exports
    ADD COLUMN priority    text NOT NULL DEFAULT 'normal',
    ADD COLUMN cost        double precision NOT NULL DEFAULT 1,      -- estimated seconds of building
    ADD COLUMN large       boolean NOT NULL DEFAULT false,           -- leaves a slot to those that are not
    ADD COLUMN turn        double precision NOT NULL DEFAULT 0,      -- virtual seconds
    ADD COLUMN held        boolean;                                  -- behind others of its flow; null: not counted in the flow
ALTER TABLE content_exports  -- without reading the rows that there are, which all have the default
    ADD CONSTRAINT content_exports_priority CHECK (priority IN ('interactive', 'normal', 'bulk')) NOT VALID;

-- The virtual now of each type: the turn of the export that was claimed last.
CREATE TABLE export_clocks (
    export_type text PRIMARY KEY,
    turn        double precision NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO export_clocks (export_type) VALUES ('common_cartridge'), ('qti'), ('zip');

-- What one owner has requested of a type in a priority.
CREATE TABLE export_flows (
    export_type text NOT NULL,
    user_id     bigint NOT NULL,
    priority    text NOT NULL,
    turn        double precision NOT NULL,  -- where its last export ends: the next one begins there, or at the clock
    added       double precision NOT NULL,  -- by which its last statement has moved `turn`
    open        integer NOT NULL,           -- exports that are unfinished and not held back
    opened      integer NOT NULL,           -- of those that its last statement created, the first so many
    PRIMARY KEY (export_type, user_id, priority)
) WITH (fillfactor = 50);

-- Worker processes that are alive, for the slots that large exports leave.
CREATE TABLE worker_processes (
    name        text PRIMARY KEY,
    export_type text NOT NULL,
    slots       integer NOT NULL,
    seen_until  timestamptz NOT NULL         -- the process is alive until then, and renews it before
) WITH (fillfactor = 50);
CREATE INDEX worker_processes_by_type ON worker_processes (export_type);

-- Whether one more large export of the type may begin: all slots of living workers but one may have one, and always one.
-- The lock ends with the claim. The count is of a snapshot after it, since the function is volatile: two claims at one
-- moment do not take the last slot twice.
CREATE FUNCTION has_room_for_large_export(of_type text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('large exports ' || of_type, 0));
    RETURN (SELECT count(*) FROM content_exports
             WHERE export_type = of_type AND workflow_state = 'exporting' AND large AND lease_expires_at >= now())
         < (SELECT greatest(coalesce(sum(slots), 0) - 1, 1) FROM worker_processes
             WHERE export_type = of_type AND seen_until > now());
END $$;

-- An open export has ended: the next one of its flow that is held back is open now. The flow is locked before the event log
-- of the context (the trigger content_export_changes comes after this one by its name), in the order of a create.
CREATE FUNCTION content_export_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next_id bigint;
BEGIN
    PERFORM FROM export_flows f
      WHERE (f.export_type, f.user_id, f.priority) = (NEW.export_type, NEW.user_id, NEW.priority) FOR UPDATE;
    LOOP
        SELECT e.id INTO next_id FROM content_exports e
         WHERE (e.export_type, e.user_id, e.priority) = (NEW.export_type, NEW.user_id, NEW.priority)
           AND e.held AND e.workflow_state = 'created' ORDER BY e.turn, e.id LIMIT 1 FOR UPDATE;
        IF FOUND THEN
            UPDATE content_exports SET held = false WHERE id = next_id;
            RETURN NULL;
        END IF;
        -- None is left, or the first was cancelled while its lock was waited for.
        IF NOT EXISTS (SELECT FROM content_exports e
                        WHERE (e.export_type, e.user_id, e.priority) = (NEW.export_type, NEW.user_id, NEW.priority)
                          AND e.held AND e.workflow_state = 'created') THEN
            UPDATE export_flows f SET open = open - 1
             WHERE (f.export_type, f.user_id, f.priority) = (NEW.export_type, NEW.user_id, NEW.priority);
            RETURN NULL;
        END IF;
    END LOOP;
END $$;
CREATE TRIGGER content_export_capacity AFTER UPDATE OF workflow_state ON content_exports
    FOR EACH ROW WHEN (OLD.workflow_state IN ('created', 'exporting') AND NEW.workflow_state NOT IN ('created', 'exporting')
                       AND OLD.held = false)
    EXECUTE FUNCTION content_export_ended();
