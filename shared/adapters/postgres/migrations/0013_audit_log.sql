-- Who did what to which export. Rows name people, exports and tokens by number and refer to no table: a row outlives what
-- it is about. The log is only added to, and the janitor removes what is over its time by audit_log_by_time.

CREATE TABLE audit_log (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at                timestamptz NOT NULL DEFAULT now(),
    action            text NOT NULL,
    content_export_id bigint,
    user_id           bigint,                            -- as whom it was done
    real_user_id      bigint,                            -- who did it, where a site admin acted as somebody else
    token             text,                              -- the name of the token: token:<id>, jwt:<user>, link
    address           text,                              -- of the client
    request_id        text,
    subject           text                               -- what else it is about
);
CREATE INDEX audit_log_by_time ON audit_log (at);
CREATE INDEX audit_log_by_export ON audit_log (content_export_id, id) WHERE content_export_id IS NOT NULL;
CREATE INDEX audit_log_by_user ON audit_log (user_id, id);
CREATE INDEX audit_log_by_real_user ON audit_log (real_user_id, id) WHERE real_user_id IS NOT NULL;

ALTER TABLE content_exports ADD COLUMN real_user_id bigint;  -- who asked for the export as its user_id
