-- Who reads a partition: the number grows with every assignment, and only the last one may save a place. A worker of the
-- version before knows no lease and is not held by it; the inbox alone makes it harmless, as before.
ALTER TABLE consumer_offsets ADD COLUMN lease bigint NOT NULL DEFAULT 0;
