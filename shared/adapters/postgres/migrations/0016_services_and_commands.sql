-- Internal services and what each may do; and exports that were requested by a command, each of which makes one export.

CREATE TABLE services (
    name       text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'), -- of its user on the broker
    may        text[] NOT NULL,                                         -- export.request, content.write, ...
    as_users   bigint[],                                                -- null: its commands may name any user
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- A command is named by its sender, and by the source and id of its event (CloudEvents: unique together).
CREATE UNIQUE INDEX content_exports_by_command ON content_exports (
    (settings -> 'command' ->> 'service'), (settings -> 'command' ->> 'source'), (settings -> 'command' ->> 'id')
) WHERE settings ? 'command';
