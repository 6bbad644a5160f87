-- What a request needs of a course beside the id, without reading its body; and the other names that contexts go by.

ALTER TABLE courses
    ADD COLUMN is_public boolean NOT NULL GENERATED ALWAYS AS (coalesce(body -> 'is_public' = 'true', false)) STORED,
    ADD COLUMN is_public_to_auth_users boolean NOT NULL
        GENERATED ALWAYS AS (coalesce(body -> 'is_public_to_auth_users' = 'true', false)) STORED,
    -- A course of which nothing is said is published: content that is sent or imported is there to be read.
    ADD COLUMN unpublished boolean NOT NULL
        GENERATED ALWAYS AS (coalesce(body ->> 'workflow_state' IN ('created', 'claimed', 'unpublished'), false)) STORED,
    ADD COLUMN concluded boolean NOT NULL
        GENERATED ALWAYS AS (coalesce(body ->> 'workflow_state' = 'completed', false)) STORED;

CREATE INDEX courses_by_sis_course_id ON courses ((body ->> 'sis_course_id')) WHERE body ? 'sis_course_id';
CREATE INDEX courses_by_integration_id ON courses ((body ->> 'integration_id')) WHERE body ? 'integration_id';
CREATE INDEX courses_by_lti_context_id ON courses ((body ->> 'lti_context_id')) WHERE body ? 'lti_context_id';
CREATE INDEX courses_by_uuid ON courses ((uuid::text));
CREATE INDEX groups_by_sis_group_id ON groups ((body ->> 'sis_group_id')) WHERE body ? 'sis_group_id';
CREATE INDEX groups_by_lti_context_id ON groups ((body ->> 'lti_context_id')) WHERE body ? 'lti_context_id';
CREATE INDEX groups_by_uuid ON groups ((uuid::text));
CREATE INDEX users_by_sis_user_id ON users ((body ->> 'sis_user_id')) WHERE body ? 'sis_user_id';
CREATE INDEX users_by_integration_id ON users ((body ->> 'integration_id')) WHERE body ? 'integration_id';
CREATE INDEX users_by_lti_user_id ON users ((body ->> 'lti_user_id')) WHERE body ? 'lti_user_id';
CREATE INDEX users_by_login_id ON users (lower(body ->> 'login_id')) WHERE body ? 'login_id';
CREATE INDEX users_by_uuid ON users ((uuid::text));
CREATE INDEX enrollments_by_user ON enrollments (user_id);
