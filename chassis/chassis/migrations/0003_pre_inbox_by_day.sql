-- The inbox by day, so that what is old goes by dropping a day and never by deleting rows. An event keeps its day however
-- often it is told: the one in its UUIDv7, and for other ids the day on which it first came. `day` has no default on
-- purpose: a worker of the version before waits rather than take an event a second time.
ALTER TABLE inbox RENAME TO inbox_before;
ALTER INDEX inbox_pkey RENAME TO inbox_before_pkey;
ALTER INDEX inbox_received RENAME TO inbox_before_received;

CREATE TABLE inbox (
    source text NOT NULL, id text NOT NULL, day date NOT NULL, received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, id, day)
) PARTITION BY RANGE (day);
-- What belongs to no day that has a partition. The worker makes days ahead and moves here what it finds for them.
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;
CREATE INDEX inbox_default_received ON inbox_default USING brin (received_at);

INSERT INTO inbox (source, id, day, received_at)
SELECT source, id, CASE
        WHEN id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$'
        THEN date '1970-01-01' + (('x' || substr(replace(id, '-', ''), 1, 12))::bit(48)::bigint / 86400000)::int
        ELSE (received_at AT TIME ZONE 'UTC')::date
    END, received_at
FROM inbox_before;
DROP TABLE inbox_before;

-- Who decided on a dead letter, and when; the reason is the note.
ALTER TABLE dead_letters ADD COLUMN decided_by text, ADD COLUMN decided_at timestamptz;
