-- Events of earlier releases get the form of later ones, so that the log reads as one. No table is locked meanwhile.

UPDATE export_events v
   SET sequence = old.number,
       data = (export_event_data(old.export, old.type, CASE WHEN v.name = 'content_export.state' THEN old.number END, 0)
               - '{warnings_count,error_code,message}'::text[])   -- of the export as it is now
              || v.data || export_event_details(old.export, old.type)
  FROM (SELECT e.id, x AS export,
               CASE WHEN e.name = 'content_export.progress' THEN 'content_export.progress.v1'
                    ELSE export_event_type(e.data ->> 'workflow_state', e.data ->> 'error_code') END AS type,
               (count(*) FILTER (WHERE e.name = 'content_export.state') OVER (PARTITION BY e.progress_id ORDER BY e.id))::integer AS number
          FROM export_events e JOIN content_exports x ON x.id = e.content_export_id) old
 WHERE old.id = v.id AND v.sequence IS NULL;
