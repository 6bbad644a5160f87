-- What is to be sent outside, and what became of it: one row for each event, channel and target, written before the first
-- try. A row that waits is tried when it is due; while a try runs, `due_at` is the end of its lease.

CREATE TABLE deliveries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     text NOT NULL,                          -- of the CloudEvent; the receiver knows the delivery by it
    event_type   text NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('webhook', 'mail')),
    target       text NOT NULL,                          -- the number of a webhook, or of a user
    body         text NOT NULL,                          -- the CloudEvent as JSON: each try sends the same bytes
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped')),
    attempt      integer NOT NULL DEFAULT 0,             -- tries begun; the fencing token of the one that runs
    due_at       timestamptz NOT NULL DEFAULT now(),
    answer       integer,                                -- status of the last answer, HTTP or SMTP
    reason       text,                                   -- why the last try did not deliver it
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, channel, target)
) WITH (fillfactor = 80);
CREATE INDEX deliveries_waiting_by_target ON deliveries (channel, target, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_waiting_by_time ON deliveries (channel, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_by_target ON deliveries (channel, target, id);
CREATE INDEX deliveries_ended ON deliveries (updated_at) WHERE state <> 'waiting';
