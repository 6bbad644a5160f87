-- Whoever has a stream open learns within a moment that a token, a role or a context was taken away: the services that
-- hold streams listen. The payload is the id of the user concerned, or * for all. Gaining access ends no stream.

CREATE FUNCTION notify_user_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('access_changes', (to_jsonb(OLD) ->> TG_ARGV[0]));
    RETURN NULL;
END
$$;

CREATE FUNCTION notify_context_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('access_changes', '*');
    RETURN NULL;
END
$$;

CREATE TRIGGER access_tokens_changed AFTER UPDATE OF revoked_at, expires_at, scopes, user_id OR DELETE ON access_tokens
    FOR EACH ROW EXECUTE FUNCTION notify_user_access('user_id');
CREATE TRIGGER enrollments_changed AFTER UPDATE OR DELETE ON enrollments
    FOR EACH ROW EXECUTE FUNCTION notify_user_access('user_id');
CREATE TRIGGER group_memberships_changed AFTER UPDATE OR DELETE ON group_memberships
    FOR EACH ROW EXECUTE FUNCTION notify_user_access('user_id');
CREATE TRIGGER users_changed AFTER UPDATE OF workflow_state, site_admin OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION notify_user_access('id');
CREATE TRIGGER courses_changed AFTER UPDATE ON courses FOR EACH ROW
    WHEN ((OLD.workflow_state, OLD.is_public, OLD.is_public_to_auth_users, OLD.unpublished, OLD.concluded)
          IS DISTINCT FROM (NEW.workflow_state, NEW.is_public, NEW.is_public_to_auth_users, NEW.unpublished, NEW.concluded))
    EXECUTE FUNCTION notify_context_access();
CREATE TRIGGER groups_changed AFTER UPDATE OF workflow_state, course_id ON groups
    FOR EACH ROW EXECUTE FUNCTION notify_context_access();
