-- Addresses of other programs that are called when something happens to an export. Secrets sign what is sent, so that they
-- must be readable: they are sealed by a key that is derived from SECRET_KEY, and stand in no copy of the database alone.

CREATE TABLE content_export_webhooks (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id               bigint NOT NULL REFERENCES users (id),
    url                   text NOT NULL,
    scope                 text NOT NULL CHECK (scope IN ('own', 'context', 'account')),
    context_type          text CHECK (context_type IN ('Course', 'Group', 'User')),
    context_id            bigint,
    types                 text[] NOT NULL,
    secret                text NOT NULL,
    previous_secret       text,
    previous_secret_until timestamptz,                   -- it signs beside the other one until then
    created_at            timestamptz NOT NULL DEFAULT now(),
    disabled_at           timestamptz,
    disabled_reason       text,
    CHECK ((scope = 'context') = (context_type IS NOT NULL AND context_id IS NOT NULL))
);
CREATE INDEX content_export_webhooks_by_user ON content_export_webhooks (user_id, id);
CREATE INDEX content_export_webhooks_by_scope ON content_export_webhooks (scope, context_type, context_id, user_id)
    WHERE disabled_at IS NULL;
