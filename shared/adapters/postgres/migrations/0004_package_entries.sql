-- What each finished package holds: a row a member, in the order of the package.

CREATE TABLE package_entries (
    content_export_id bigint NOT NULL REFERENCES content_exports ON DELETE CASCADE,
    place             integer NOT NULL,                  -- in the package, from 0, without gaps
    path              text NOT NULL,
    size              bigint NOT NULL,
    compressed_size   bigint NOT NULL,
    crc32             bigint NOT NULL,
    header_offset     bigint NOT NULL,                   -- of the member's local header in the package
    sha256            text,
    kind              text,                              -- of the object that the member is written for, as are
    item_id           bigint,                            -- id and title; null for what belongs to the package itself
    title             text,
    PRIMARY KEY (content_export_id, place)
);
-- A path may be longer than a row of an index.
CREATE INDEX package_entries_by_path ON package_entries (content_export_id, md5(path));
