-- no transaction
-- Events of earlier releases are read in the form of later ones, so that the log reads as one; the janitor writes them in
-- that form, a few at a time (earlier_events.py). Until then they have no sequence.

-- The state events of the export up to this one.
CREATE OR REPLACE FUNCTION earlier_event_number(event export_events) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer FROM export_events s
     WHERE s.progress_id = event.progress_id AND s.id <= event.id AND s.name = 'content_export.state'
$$;

-- The data of such an event; null without its export.
CREATE OR REPLACE FUNCTION earlier_event_data(event export_events) RETURNS jsonb LANGUAGE sql AS $$
    SELECT (export_event_data(x, t.type, CASE WHEN event.name = 'content_export.state' THEN earlier_event_number(event) END, 0)
            - '{warnings_count,error_code,message}'::text[])   -- of the export as it is now
           || event.data || export_event_details(x, t.type)
      FROM content_exports x
     CROSS JOIN (SELECT CASE WHEN event.name = 'content_export.progress' THEN 'content_export.progress.v1'
                             ELSE export_event_type(event.data ->> 'workflow_state', event.data ->> 'error_code') END) AS t (type)
     WHERE x.id = event.content_export_id
$$;

CREATE INDEX CONCURRENTLY IF NOT EXISTS export_events_of_earlier_releases ON export_events (id) WHERE sequence IS NULL;
