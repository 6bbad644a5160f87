-- An event has all that its readers need: type, number, the export as the API shows it, packages, error, trace. The end of a
-- package is an event too. A reader of the whole log knows up to which id nothing can commit any more.

ALTER TABLE content_exports ADD COLUMN traceparent text;   -- of the request: W3C Trace Context
ALTER TABLE export_events
    ADD COLUMN sequence    integer,                        -- of the export's latest state event: from 1, without gaps
    ADD COLUMN traceparent text;

-- A transaction that is about to draw numbers holds a lock that names the last number drawn before its own. Such locks are
-- shared: nobody waits for one. `settled_event_id` reads them.
CREATE FUNCTION announce_events() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4201779, ((last_value - (NOT is_called)::integer) & 2147483647)::integer)
       FROM export_events_id_seq;
END $$;

-- The id up to which every event has committed, or never will. It must be read in a statement before the one that reads the
-- events: whoever holds no lock any more has committed what that one sees. The locks have 31 bits of each number.
CREATE FUNCTION settled_event_id() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    drawn   bigint;
    earlier bigint;
BEGIN
    SELECT last_value - (NOT is_called)::integer INTO drawn FROM export_events_id_seq;
    SELECT max((drawn - objid::bigint) & 2147483647) INTO earlier
      FROM pg_locks
     WHERE locktype = 'advisory' AND classid = 4201779 AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND ((drawn - objid::bigint) & 2147483647) < 1073741824;  -- else of a transaction that began after `drawn` was read
    RETURN drawn - coalesce(earlier, 0);
END $$;

CREATE FUNCTION export_context_path(export content_exports) RETURNS text LANGUAGE sql AS $$
    SELECT lower(export.context_type) || 's/' || export.context_id
$$;

CREATE FUNCTION export_path(export content_exports) RETURNS text LANGUAGE sql AS $$
    SELECT '/api/v1/' || lower(export.context_type) || 's/' || export.context_id || '/content_exports/' || export.id
$$;

CREATE FUNCTION api_moment(moment timestamptz) RETURNS text LANGUAGE sql AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

CREATE FUNCTION export_event_type(workflow_state text, error_code text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE workflow_state
           WHEN 'created' THEN 'content_export.requested.v1'
           WHEN 'failed' THEN CASE WHEN error_code = 'cancelled' THEN 'content_export.cancelled.v1' ELSE 'content_export.failed.v1' END
           ELSE 'content_export.' || workflow_state || '.v1' END
$$;

-- The request that builds the same export anew, as in the answer for a package that is gone.
CREATE FUNCTION export_again(export content_exports) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'method', 'POST',
        'url', '/api/v1/' || export_context_path(export) || '/content_exports',
        'body', jsonb_build_object('export_type', export.export_type) || (export.settings - '{retry_of,command}'::text[]))
$$;

DROP FUNCTION export_event_data(content_exports, double precision);
CREATE FUNCTION export_event_data(export content_exports, event_type text, number integer, now_at double precision) RETURNS jsonb
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
        'warnings_count', export.warnings_count,
        'error_code', export.error_code,
        'message', left(export.error_message, 1000),
        'url', export_path(export),
        'progress_url', '/api/v1/progress/' || export.progress_id,
        'created_at', api_moment(export.created_at),
        'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
$$;

-- What the events of one type alone have. An export without a report, which no worker leaves, is not known to be complete.
CREATE FUNCTION export_event_details(export content_exports, event_type text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    IF event_type = 'content_export.exported.v1' THEN
        RETURN jsonb_strip_nulls(jsonb_build_object(
            'attachments', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                                'filename', a.filename, 'content_type', a.content_type, 'size', a.size, 'sha256', a.sha256,
                                'entries', a.entries, 'expires_at', api_moment(a.expires_at), 'url', export_path(export)) ORDER BY a.part), '[]')
                              FROM attachments a WHERE a.content_export_id = export.id),
            'expires_at', (SELECT api_moment(a.expires_at) FROM attachments a WHERE a.content_export_id = export.id AND a.part = 1),
            'complete', coalesce((SELECT r.receipt -> 'complete' FROM export_reports r WHERE r.content_export_id = export.id), 'false'),
            'report_url', export_path(export) || '/report'));
    ELSIF event_type IN ('content_export.failed.v1', 'content_export.cancelled.v1') THEN
        RETURN jsonb_build_object('error', jsonb_strip_nulls(jsonb_build_object(
            'code', export.error_code, 'message', left(export.error_message, 1000), 'attempt', export.attempt,
            'request_id', export.request_id)));
    ELSIF event_type IN ('content_export.expired.v1', 'content_export.deleted.v1') THEN
        RETURN jsonb_build_object('export_again', export_again(export));
    END IF;
    RETURN '{}';
END $$;

-- A notification has at most 7,999 bytes: a longer event is notified by its id, and listeners read it from the log.
CREATE FUNCTION notify_export_event(id bigint, name text, data jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    event text := jsonb_build_object('id', id, 'name', name, 'data', data);
BEGIN
    PERFORM pg_notify('export_events', CASE WHEN octet_length(event) < 8000 THEN event ELSE jsonb_build_object('id', id)::text END);
END $$;

-- Numbers are counted under the lock of the context. A progress event has that of the state before it. Events of an earlier
-- release, which have none, are counted.
CREATE FUNCTION log_event(export content_exports, event_name text, event_type text, now_at double precision, details jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    number integer;
    logged export_events;
BEGIN
    PERFORM lock_event_log(export.context_type, export.context_id), announce_events();
    SELECT coalesce(latest.sequence, (SELECT count(*) FROM export_events s
                                       WHERE s.progress_id = export.progress_id AND s.name = 'content_export.state'))
      INTO number FROM export_events latest WHERE latest.progress_id = export.progress_id ORDER BY latest.id DESC LIMIT 1;
    number := coalesce(number, 0) + (event_name = 'content_export.state')::integer;
    INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, sequence, traceparent, data)
    VALUES (export.id, export.progress_id, export.context_type, export.context_id, event_name, number, export.traceparent,
            export_event_data(export, event_type, CASE WHEN event_name = 'content_export.state' THEN number END, now_at) || details)
    RETURNING * INTO logged;
    PERFORM notify_export_event(logged.id, logged.name, logged.data);
END $$;

-- Of a worker: `counts` has items_done, items_total, bytes_done, bytes_total.
CREATE FUNCTION log_export_progress(export content_exports, now_at double precision, counts jsonb) RETURNS void LANGUAGE sql AS $$
    SELECT log_event(export, 'content_export.progress', 'content_export.progress.v1', now_at, coalesce(counts, '{}'))
$$;

-- Workers of the release before this one call it, for progress alone.
CREATE OR REPLACE FUNCTION log_export_event(export content_exports, event_name text, now_at double precision) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM log_export_progress(export, now_at, NULL);
END $$;

CREATE OR REPLACE FUNCTION content_export_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    event_type text := export_event_type(NEW.workflow_state, NEW.error_code);
BEGIN
    IF NEW.workflow_state = OLD.workflow_state THEN
        RETURN NULL;
    END IF;
    IF (OLD.workflow_state, NEW.workflow_state) NOT IN (
        ('created', 'exporting'), ('created', 'failed'), ('exporting', 'exported'), ('exporting', 'failed'),
        ('exported', 'deleted'), ('failed', 'deleted')) THEN
        RAISE EXCEPTION 'an export that is % cannot become %', OLD.workflow_state, NEW.workflow_state;
    END IF;
    PERFORM log_event(NEW, 'content_export.state', event_type, CASE WHEN NEW.workflow_state = 'exporting' THEN 0 ELSE 100 END,
                      export_event_details(NEW, event_type));
    IF NEW.workflow_state IN ('exporting', 'exported', 'failed') THEN
        UPDATE progress
           SET workflow_state = CASE NEW.workflow_state WHEN 'exporting' THEN 'running' WHEN 'exported' THEN 'completed' ELSE 'failed' END,
               completion = CASE WHEN NEW.workflow_state = 'exporting' THEN completion ELSE 100 END,
               message = NEW.error_message,
               updated_at = now()
         WHERE id = NEW.progress_id;
    END IF;
    RETURN NULL;
END $$;

-- Contexts are taken in one order, so that two statements never wait for each other; numbers are drawn after that.
CREATE OR REPLACE FUNCTION content_exports_created() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    notified bigint;
BEGIN
    PERFORM lock_event_log(c.context_type, c.context_id)
       FROM (SELECT DISTINCT context_type, context_id FROM made ORDER BY context_type, context_id) c;
    PERFORM announce_events();
    WITH logged AS (
        INSERT INTO export_events (content_export_id, progress_id, context_type, context_id, name, sequence, traceparent, data)
        SELECT made.id, made.progress_id, made.context_type, made.context_id, 'content_export.state', 1, made.traceparent,
               CASE WHEN made.workflow_state = 'created' THEN export_event_data(made, 'content_export.requested.v1', 1, 0)
                    ELSE export_event_data(made, export_event_type(made.workflow_state, made.error_code), 1,
                                           CASE WHEN made.workflow_state = 'exporting' THEN 0 ELSE 100 END)
                         || export_event_details(made, export_event_type(made.workflow_state, made.error_code)) END
          FROM made ORDER BY made.id
        RETURNING id, name, data
    )
    SELECT count(pg_notify('export_events', CASE WHEN octet_length(event) < 8000 THEN event ELSE jsonb_build_object('id', id)::text END))
      INTO notified
      FROM (SELECT id, jsonb_build_object('id', id, 'name', name, 'data', data)::text AS event FROM logged OFFSET 0) each_one;
    RETURN NULL;
END $$;

DROP FUNCTION tell_export_event(export_events);

-- The packages of an export end together. Those of a deleted export end with it, which is an event already.
CREATE FUNCTION attachments_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM log_event(e.export, 'content_export.state', 'content_export.expired.v1', 100,
                      jsonb_build_object('export_again', export_again(e.export)))
       FROM (SELECT x AS export FROM content_exports x
              WHERE x.workflow_state = 'exported'
                AND x.id IN (SELECT n.content_export_id FROM new_rows n JOIN old_rows o USING (id)
                              WHERE n.purged_at IS NOT NULL AND o.purged_at IS NULL)
              ORDER BY x.context_type, x.context_id, x.id) e;
    RETURN NULL;
END $$;
CREATE TRIGGER attachments_changes AFTER UPDATE ON attachments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION attachments_changed();
