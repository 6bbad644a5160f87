-- no transaction
-- A list of a context is merged from the newest of each state and type, so that its first page costs the same however many
-- exports the context has. The index serves the quotas and streams of a context, too.
CREATE INDEX CONCURRENTLY IF NOT EXISTS content_exports_of_context
    ON content_exports (context_type, context_id, workflow_state, export_type, id);
DROP INDEX CONCURRENTLY IF EXISTS content_exports_by_context;
DROP INDEX CONCURRENTLY IF EXISTS content_exports_unfinished_of_context;

-- A heartbeat changes the lease. As long as no index has it, it is a HOT update: one row version, and no entry of any index.
-- What is due is read from content_exports_in_flight.
DROP INDEX CONCURRENTLY IF EXISTS content_exports_due;
DROP INDEX CONCURRENTLY IF EXISTS content_exports_sent_again;

-- What owners keep is summed up a part at a time, the oldest packages first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS attachments_kept ON attachments (id) WHERE purged_at IS NULL;

-- A fifth of a large table is too much to wait for: dead rows and missing bits of the visibility map slow every statement.
ALTER TABLE content_exports SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE progress SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE export_events SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
-- Small tables whose every row is written again and again.
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0);
ALTER TABLE export_flows SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE export_clocks SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
ALTER TABLE worker_processes SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
