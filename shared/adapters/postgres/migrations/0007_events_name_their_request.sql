-- An event names the request that asked for its export, as the API and every log line do.

CREATE OR REPLACE FUNCTION log_export_event(export content_exports, event_name text, now_at double precision) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    logged export_events;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(export.context_type || export.context_id::text, 0));
    INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, data)
    VALUES (export.id, export.progress_id, export.context_type, export.context_id, event_name,
            jsonb_strip_nulls(jsonb_build_object(
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
                'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))))
    RETURNING * INTO logged;
    PERFORM pg_notify('export_events', jsonb_build_object(
        'id', logged.id, 'progress_id', logged.progress_id, 'context_type', logged.context_type,
        'context_id', logged.context_id, 'name', logged.name, 'data', logged.data)::text);
END $$;
