-- What is asked for twice is made once: requests under an Idempotency-Key, and retries of a failed export.

CREATE TABLE idempotency_keys (
    owner             text NOT NULL,         -- the token, and the user it acts as
    route             text NOT NULL,         -- verb and path
    key               text NOT NULL,
    request_digest    bytea NOT NULL,        -- SHA-256 of the parameters
    content_export_id bigint REFERENCES content_exports ON DELETE CASCADE,
    created_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_by_export ON idempotency_keys (content_export_id);

CREATE UNIQUE INDEX content_exports_by_retry_of ON content_exports (((settings ->> 'retry_of')::bigint))
    WHERE settings ? 'retry_of';
