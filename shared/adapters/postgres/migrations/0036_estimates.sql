-- What was expected of an export when it was requested: its place and times, and the seconds of building. The events
-- `requested` and `exporting` have an estimate.
ALTER TABLE content_exports ADD COLUMN expected jsonb;

-- The estimate of an export that is built from now on.
CREATE FUNCTION expected_end(export content_exports) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(k.name, to_char((now() + make_interval(secs => s.seconds)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      FROM jsonb_array_elements_text(export.expected -> 'build_s') WITH ORDINALITY AS b (text, place)
     CROSS JOIN LATERAL (SELECT b.text::double precision) AS s (seconds)
      JOIN (VALUES (1, 'ends_at'), (2, 'ends_earliest'), (3, 'ends_latest')) AS k (place, name) USING (place)
     WHERE export.expected ? 'build_s'
$$;

CREATE OR REPLACE FUNCTION export_event_data(export content_exports, event_type text, number integer, now_at double precision) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'type', event_type,
        'sequence', number::text,
        'id', export.id,
        'content_export_id', export.id,
        'progress_id', export.progress_id,
        'context', export_context_path(export),
        'context_type', export.context_type,
        'context_id', export.context_id,
        'course_id', CASE WHEN export.context_type = 'Course' THEN export.context_id END,
        'user_id', export.user_id,
        'request_id', export.request_id,
        'export_type', export.export_type,
        'workflow_state', export.workflow_state,
        'attempt', export.attempt,
        'completion', now_at,
        'skip_notifications', coalesce(export.settings -> 'skip_notifications', 'false'),
        'retry_of', export.settings -> 'retry_of',
        'command', CASE WHEN export.settings ? 'command' THEN jsonb_build_object(
            'source', export.settings #> '{command,source}', 'id', export.settings #> '{command,id}') END,
        'estimate', CASE event_type WHEN 'content_export.requested.v1' THEN export.expected -> 'estimate'
                                    WHEN 'content_export.exporting.v1' THEN expected_end(export) END,
        'warnings_count', export.warnings_count,
        'error_code', export.error_code,
        'message', left(export.error_message, 1000),
        'url', export_path(export),
        'progress_url', '/api/v1/progress/' || export.progress_id,
        'created_at', api_moment(export.created_at),
        'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
$$;
