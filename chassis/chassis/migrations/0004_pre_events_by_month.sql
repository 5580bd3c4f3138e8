-- The event log by month. A unique index over months would have to contain the time, so the versions of an aggregate are
-- kept to 1, 2, 3 by a row of their own. `outbox.time` has no default on purpose: commands of the version before fail, and
-- are repeated against this one, rather than pass that row by.
CREATE TABLE aggregate_versions (subject text PRIMARY KEY, sequence bigint NOT NULL) WITH (fillfactor = 70);
INSERT INTO aggregate_versions SELECT subject, max(sequence) FROM events GROUP BY subject;

ALTER TABLE events RENAME TO events_before;
ALTER INDEX events_pkey RENAME TO events_before_pkey;
ALTER INDEX events_subject_sequence_key RENAME TO events_before_subject_sequence_key;

CREATE TABLE events (
    seq bigint GENERATED ALWAYS AS IDENTITY,
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
    PRIMARY KEY (seq, time)
) PARTITION BY RANGE (time);
CREATE TABLE events_default PARTITION OF events DEFAULT;

DO $$
DECLARE
    first date;
BEGIN
    FOR first IN SELECT DISTINCT date_trunc('month', time AT TIME ZONE 'UTC')::date FROM events_before LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
            'events_' || to_char(first, 'YYYYMMDD'), first || ' 00:00Z', (first + interval '1 month')::date || ' 00:00Z'
        );
    END LOOP;
END $$;

INSERT INTO events OVERRIDING SYSTEM VALUE
SELECT seq, id, type, subject, sequence, key, time, data, correlation_id, causation_id, actor_id, traceparent FROM events_before;
SELECT setval(pg_get_serial_sequence('events', 'seq'), nextval(pg_get_serial_sequence('events_before', 'seq')), false);

-- The time leads to the month.
ALTER TABLE outbox ADD COLUMN time timestamptz;
UPDATE outbox SET time = e.time FROM events e WHERE e.seq = outbox.seq;
ALTER TABLE outbox ALTER COLUMN time SET NOT NULL;
ALTER TABLE sealed ADD COLUMN time timestamptz;
UPDATE sealed SET time = e.time FROM events e WHERE e.seq = sealed.seq;
ALTER TABLE sealed ALTER COLUMN time SET NOT NULL;

DROP TABLE events_before;
