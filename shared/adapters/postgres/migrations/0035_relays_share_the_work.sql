-- Relays share the contexts and the messages of the outbox: each has some of eight shards, by the last three bits of the id of
-- a context, or of a message. Events are published in the order of the log up to a position; no event is written again.
CREATE TABLE relay_shards (
    shard        integer PRIMARY KEY,
    published_id bigint NOT NULL,            -- the events of the shard up to this id have been confirmed by the broker
    relay        text,
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- Relays that are alive: each has its share of the shards.
CREATE TABLE relays (
    name       text PRIMARY KEY,
    seen_until timestamptz NOT NULL
) WITH (fillfactor = 10);

-- A relay of an earlier release finds nothing to do any more: what it has not published by now, a new one publishes.
ALTER TABLE export_events ALTER COLUMN published SET DEFAULT true;
INSERT INTO relay_shards (shard, published_id)
SELECT shard, coalesce((SELECT min(id) - 1 FROM export_events WHERE NOT published AND name = 'content_export.state'),
                       (SELECT last_value - (NOT is_called)::integer FROM export_events_id_seq))
  FROM generate_series(0, 7) AS shard;
