-- An export that an operator takes from its worker has a higher attempt, which no worker has: that one is no row.
DROP TRIGGER export_attempt_ends ON content_exports;
CREATE TRIGGER export_attempt_ends AFTER UPDATE OF workflow_state, attempt ON content_exports
    FOR EACH ROW WHEN (OLD.workflow_state = 'exporting' AND OLD.attempt > 0 AND OLD.worker IS NOT NULL
                       AND (NEW.attempt > OLD.attempt OR NEW.workflow_state = 'failed'))
    EXECUTE FUNCTION export_attempt_ended();
