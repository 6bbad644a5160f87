-- Content that comes as messages: an object has a version, so that an older one never overwrites a newer one; whole contexts
-- are staged and then written at one moment; and bytes of files are known before the files are.

-- The version of an object: the sender's revision; its updated_at, else when its message was sent; when its message was sent.
ALTER TABLE content_objects
    ADD COLUMN revision bigint, ADD COLUMN changed_at timestamptz, ADD COLUMN sent_at timestamptz;
ALTER TABLE courses
    ADD COLUMN revision bigint, ADD COLUMN changed_at timestamptz, ADD COLUMN sent_at timestamptz,
    -- Rises when the whole content is replaced at one moment: an export that began before begins again.
    ADD COLUMN content_generation bigint NOT NULL DEFAULT 0;
ALTER TABLE groups
    ADD COLUMN revision bigint, ADD COLUMN changed_at timestamptz, ADD COLUMN sent_at timestamptz,
    ADD COLUMN content_generation bigint NOT NULL DEFAULT 0;
ALTER TABLE users
    ADD COLUMN revision bigint, ADD COLUMN changed_at timestamptz, ADD COLUMN sent_at timestamptz,
    ADD COLUMN content_generation bigint NOT NULL DEFAULT 0;
ALTER TABLE enrollments
    ADD COLUMN revision bigint, ADD COLUMN changed_at timestamptz, ADD COLUMN sent_at timestamptz;
ALTER TABLE group_memberships
    ADD COLUMN revision bigint, ADD COLUMN changed_at timestamptz, ADD COLUMN sent_at timestamptz;

-- The same rule as is_newer in shared/domain/content/version.py, against which it is tested.
CREATE FUNCTION content_is_newer(
    new_revision bigint, new_changed_at timestamptz, new_sent_at timestamptz,
    old_revision bigint, old_changed_at timestamptz, old_sent_at timestamptz
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN new_revision IS NOT NULL AND old_revision IS NOT NULL THEN new_revision > old_revision
    WHEN new_changed_at IS NULL OR old_changed_at IS NULL THEN true
    WHEN new_changed_at <> old_changed_at THEN new_changed_at > old_changed_at
    WHEN new_sent_at IS NULL OR old_sent_at IS NULL THEN new_sent_at IS NOT NULL AND old_sent_at IS NULL
    ELSE new_sent_at > old_sent_at
END
$$;

-- A sync of a whole context: one at a time for a context. It is kept after its end, so that a second end is answered as the first.
CREATE TABLE content_syncs (
    context_type text NOT NULL CHECK (context_type IN ('Course', 'Group', 'User')),
    context_id   bigint NOT NULL,
    sync         text NOT NULL,
    service      text NOT NULL,
    began_at     timestamptz NOT NULL DEFAULT now(),
    used_at      timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    result       jsonb,                                  -- what became of its objects
    PRIMARY KEY (context_type, context_id, sync)
);
CREATE UNIQUE INDEX content_syncs_open ON content_syncs (context_type, context_id) WHERE ended_at IS NULL;
CREATE INDEX content_syncs_by_use ON content_syncs (used_at);

CREATE TABLE content_staged (
    context_type text NOT NULL,
    context_id   bigint NOT NULL,
    sync         text NOT NULL,
    kind         text NOT NULL,
    id           bigint NOT NULL,
    parent_id    bigint,
    position     integer,
    body         jsonb NOT NULL,
    revision     bigint,
    changed_at   timestamptz,
    sent_at      timestamptz,
    PRIMARY KEY (context_type, context_id, sync, kind, id),
    FOREIGN KEY (context_type, context_id, sync) REFERENCES content_syncs ON DELETE CASCADE
);

-- Bytes in the object store by their hash, with what a package needs to know of them.
CREATE TABLE blobs (
    sha256       text PRIMARY KEY,
    size         bigint NOT NULL,
    crc32        bigint NOT NULL,
    compressible boolean NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
