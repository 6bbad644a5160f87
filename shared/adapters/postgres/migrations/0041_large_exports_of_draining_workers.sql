-- A worker that drains takes no exports: its slots give no room for large exports of the others, and those that it still builds
-- take none of it. Otherwise large exports could have all slots of the workers that go on.
CREATE OR REPLACE FUNCTION has_room_for_large_export(of_type text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('large exports ' || of_type, 0));
    RETURN (SELECT count(*) FROM content_exports e
             WHERE e.export_type = of_type AND e.workflow_state = 'exporting' AND e.large AND e.lease_expires_at >= now()
               AND NOT EXISTS (SELECT FROM worker_processes w WHERE w.name = e.worker AND w.draining_since IS NOT NULL))
         < (SELECT greatest(coalesce(sum(slots), 0) - 1, 1) FROM worker_processes
             WHERE export_type = of_type AND seen_until > now() AND draining_since IS NULL);
END $$;
