-- Site admins list the exports of all contexts, newest first, by state, type, user and time. Every page is read from the
-- beginnings of ranges of these indexes (export_lists.py), so that it costs the same however many exports there are.

CREATE INDEX content_exports_by_state ON content_exports (workflow_state, export_type, created_at, id);
CREATE INDEX content_exports_by_user ON content_exports (user_id, workflow_state, export_type, created_at, id);
