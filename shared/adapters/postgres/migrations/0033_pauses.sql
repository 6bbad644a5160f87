-- What operators have paused, and contexts in quarantine, because their exports end workers. Exports of these are created and
-- wait; no claim takes them. A row stays after its end.
CREATE TABLE export_pauses (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    export_type  text,                               -- all exports of a type,
    user_id      bigint,                             -- or of an owner,
    context_type text,                               -- or of a course, group or user
    context_id   bigint,
    quarantine   boolean NOT NULL DEFAULT false,
    reason       text NOT NULL,                      -- which callers read
    paused_by    bigint,                             -- the site admin; null: the system
    paused_at    timestamptz NOT NULL DEFAULT now(),
    resumed_at   timestamptz,
    CHECK (num_nonnulls(export_type, user_id, context_id) = 1 AND (context_type IS NULL) = (context_id IS NULL)),
    CHECK (NOT quarantine OR context_id IS NOT NULL)
);
CREATE UNIQUE INDEX export_pauses_open ON export_pauses (
    quarantine, coalesce(export_type, ''), coalesce(user_id, 0), coalesce(context_type, ''), coalesce(context_id, 0)
) WHERE resumed_at IS NULL;

-- An export of a paused context is counted in its flow no more, so that it takes no place of those of its owner that may be
-- built: the next one of the flow that is held back is open now.
CREATE TRIGGER content_export_uncounted AFTER UPDATE OF held ON content_exports
    FOR EACH ROW WHEN (OLD.held = false AND NEW.held IS NULL AND NEW.workflow_state IN ('created', 'exporting'))
    EXECUTE FUNCTION content_export_ended();
