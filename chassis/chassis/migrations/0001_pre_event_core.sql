-- What happened here, in the order it was committed per aggregate. Append-only.
CREATE TABLE events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    sequence bigint NOT NULL,
    key text NOT NULL,
    time timestamptz NOT NULL,
    data json NOT NULL,
    correlation_id text,
    causation_id text,
    actor_id text,
    traceparent text,
    UNIQUE (subject, sequence)
);

-- What is not yet on the bus. A row that is gone was acknowledged by the broker. No foreign key: both rows are written by
-- one statement, and the check would cost every command a lock.
CREATE TABLE outbox (seq bigint PRIMARY KEY);

-- What was published, in a gapless order, chained by hash.
CREATE TABLE sealed (position bigint PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL);

-- What the broker can never take, for example because it is too large.
CREATE TABLE unpublishable (seq bigint PRIMARY KEY, reason text NOT NULL);

-- The end of the sealed chain; one row.
CREATE TABLE relay_state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);
INSERT INTO relay_state DEFAULT VALUES;

-- Where the last event of each partition went, to notice a broker that lost its log.
CREATE TABLE relay_offsets (
    topic text NOT NULL, partition int NOT NULL, "offset" bigint NOT NULL, event_id uuid NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Every event that was taken, so that it is taken once.
CREATE TABLE inbox (
    source text NOT NULL, id text NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, id)
);
CREATE INDEX inbox_received ON inbox USING brin (received_at);

-- The last version applied of each aggregate elsewhere.
CREATE TABLE inbox_versions (source text NOT NULL, subject text NOT NULL, version bigint NOT NULL, PRIMARY KEY (source, subject));

-- Where to read on; Kafka's own offset is only a hint.
CREATE TABLE consumer_offsets (
    topic text NOT NULL, partition int NOT NULL, next_offset bigint NOT NULL, last_id text,
    PRIMARY KEY (topic, partition)
);

-- What could not be handled, with all that came after it for the same aggregate.
CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('parked', 'queued', 'held', 'released', 'discarded')),
    source text NOT NULL, event_id text NOT NULL, type text NOT NULL, subject text NOT NULL, sequence bigint,
    topic text NOT NULL, partition int NOT NULL, "offset" bigint NOT NULL,
    headers jsonb NOT NULL, key bytea, value bytea,
    error text NOT NULL, message text NOT NULL, fingerprint text NOT NULL,
    attempts int NOT NULL DEFAULT 1,
    first_failed_at timestamptz NOT NULL DEFAULT now(), last_failed_at timestamptz NOT NULL DEFAULT now(),
    next_attempt_at timestamptz, note text
);
CREATE INDEX dead_letters_open ON dead_letters (source, subject, id) WHERE state IN ('parked', 'queued', 'held');
CREATE INDEX dead_letters_retry ON dead_letters (next_attempt_at) WHERE state IN ('parked', 'held');

-- Dates that make something happen, each once.
CREATE TABLE due_dates (
    kind text NOT NULL, id text NOT NULL, at timestamptz NOT NULL,
    done_at timestamptz, not_before timestamptz NOT NULL DEFAULT '-infinity', attempts int NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, id, at)
);
CREATE INDEX due_dates_open ON due_dates (at) WHERE done_at IS NULL;

-- The same key from the same caller gives the same answer.
CREATE TABLE idempotency_keys (
    caller text NOT NULL, operation text NOT NULL, key text NOT NULL, result_id text,
    created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (caller, operation, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
