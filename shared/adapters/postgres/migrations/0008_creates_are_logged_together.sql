-- Exports that are made in one statement are logged by one statement: a trigger that runs row by row costs more than all
-- the rest of a create.

CREATE FUNCTION lock_event_log(context_type text, context_id bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(context_type || context_id::text, 0))
$$;

CREATE FUNCTION export_event_data(export content_exports, now_at double precision) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'content_export_id', export.id,
        'progress_id', export.progress_id,
        'context_type', export.context_type,
        'context_id', export.context_id,
        'course_id', CASE WHEN export.context_type = 'Course' THEN export.context_id END,
        'user_id', export.user_id,
        'request_id', export.request_id,
        'export_type', export.export_type,
        'workflow_state', export.workflow_state,
        'attempt', export.attempt,
        'completion', now_at,
        'warnings_count', export.warnings_count,
        'error_code', export.error_code,
        'message', left(export.error_message, 1000),
        'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
$$;

CREATE FUNCTION tell_export_event(logged export_events) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('export_events', jsonb_build_object(
        'id', logged.id, 'progress_id', logged.progress_id, 'context_type', logged.context_type,
        'context_id', logged.context_id, 'name', logged.name, 'data', logged.data)::text)
$$;

CREATE OR REPLACE FUNCTION log_export_event(export content_exports, event_name text, now_at double precision) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    logged export_events;
BEGIN
    PERFORM lock_event_log(export.context_type, export.context_id);
    INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, data)
    VALUES (export.id, export.progress_id, export.context_type, export.context_id, event_name,
            export_event_data(export, now_at))
    RETURNING * INTO logged;
    PERFORM tell_export_event(logged);
END $$;

-- Contexts are taken in one order, so that two statements never wait for each other; numbers are drawn after that.
CREATE FUNCTION content_exports_created() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told bigint;
BEGIN
    PERFORM lock_event_log(c.context_type, c.context_id)
       FROM (SELECT DISTINCT context_type, context_id FROM made ORDER BY context_type, context_id) c;
    WITH logged AS (
        INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, data)
        SELECT made.id, made.progress_id, made.context_type, made.context_id, 'content_export.state',
               export_event_data(made, CASE WHEN made.workflow_state IN ('created', 'exporting') THEN 0 ELSE 100 END)
          FROM made ORDER BY made.id
        RETURNING *
    )
    SELECT count(tell_export_event(logged)) INTO told FROM logged;
    RETURN NULL;
END $$;

DROP TRIGGER content_export_changes ON content_exports;
CREATE TRIGGER content_export_changes AFTER UPDATE OF workflow_state ON content_exports
    FOR EACH ROW EXECUTE FUNCTION content_export_changed();
CREATE TRIGGER content_exports_creation AFTER INSERT ON content_exports
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION content_exports_created();
