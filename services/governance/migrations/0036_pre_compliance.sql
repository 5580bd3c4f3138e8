-- Events of other services that are evidence; ours stand in the log of events itself.
CREATE TABLE outside_evidence (
    event_id text PRIMARY KEY,
    event text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX outside_evidence_latest ON outside_evidence (event, at DESC);
CREATE INDEX events_of_type ON events (type, seq DESC);
