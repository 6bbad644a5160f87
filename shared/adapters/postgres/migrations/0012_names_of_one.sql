-- A name other than the id means one course, group or user that is not deleted: tokens of an identity provider and paths
-- of requests find people by it. Names that several have end the migration, before anything is changed.

DO $$
DECLARE
    named  record;
    taken  record;
BEGIN
    FOR named IN
        SELECT * FROM (VALUES
            ('courses', 'sis_course_id', 'body ->> ''sis_course_id'''),
            ('courses', 'integration_id', 'body ->> ''integration_id'''),
            ('courses', 'lti_context_id', 'body ->> ''lti_context_id'''),
            ('groups', 'sis_group_id', 'body ->> ''sis_group_id'''),
            ('groups', 'lti_context_id', 'body ->> ''lti_context_id'''),
            ('users', 'sis_user_id', 'body ->> ''sis_user_id'''),
            ('users', 'integration_id', 'body ->> ''integration_id'''),
            ('users', 'lti_user_id', 'body ->> ''lti_user_id'''),
            ('users', 'login_id', 'lower(body ->> ''login_id'')')
        ) AS names (tab, field, value)
    LOOP
        FOR taken IN EXECUTE format(
            'SELECT %s AS name, string_agg(id::text, '', '' ORDER BY id) AS ids FROM %I
              WHERE body ? %L AND body ->> %L IS NOT NULL AND workflow_state <> ''deleted''
              GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1', named.value, named.tab, named.field, named.field)
        LOOP
            RAISE EXCEPTION '% "%" is the name of several % (%): change or delete all but one, then migrate again',
                named.field, taken.name, named.tab, taken.ids;
        END LOOP;
        EXECUTE format('DROP INDEX %I', named.tab || '_by_' || named.field);
        EXECUTE format(
            'CREATE UNIQUE INDEX %I ON %I ((%s)) WHERE body ? %L AND workflow_state <> ''deleted''',
            named.tab || '_by_' || named.field, named.tab, named.value, named.field);
    END LOOP;
END
$$;
