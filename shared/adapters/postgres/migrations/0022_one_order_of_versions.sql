-- Versions have one order, whoever sends them: by revision, then by time, then by the moment of sending; what is missing
-- comes first. The same rule as is_newer in shared/domain/content/version.py, against which it is tested.
CREATE OR REPLACE FUNCTION content_is_newer(
    new_revision bigint, new_changed_at timestamptz, new_sent_at timestamptz,
    old_revision bigint, old_changed_at timestamptz, old_sent_at timestamptz
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (coalesce(new_revision, -1), coalesce(new_changed_at, '-infinity'), coalesce(new_sent_at, '-infinity'))
     > (coalesce(old_revision, -1), coalesce(old_changed_at, '-infinity'), coalesce(old_sent_at, '-infinity'))
$$;
