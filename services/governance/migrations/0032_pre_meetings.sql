-- Meetings of the committee. The agenda is what was due when it began; attendance and minutes come with its end.
CREATE TABLE meetings (
    id uuid PRIMARY KEY,
    committee_id uuid NOT NULL REFERENCES committees,
    kind text NOT NULL CHECK (kind IN ('regular', 'emergency', 'quarterly_review')),
    scheduled_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('scheduled', 'in_progress', 'completed', 'cancelled')),
    agenda jsonb NOT NULL,
    attendance text[] NOT NULL,
    chaired boolean NOT NULL,
    quorate boolean NOT NULL,
    minutes text NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    version bigint NOT NULL,
    CHECK (status <> 'completed' OR (minutes <> '' AND cardinality(attendance) > 0)),
    CHECK ((status IN ('completed', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE INDEX meetings_of ON meetings (committee_id, scheduled_at DESC, id DESC);
CREATE UNIQUE INDEX meetings_one_at_a_time ON meetings (committee_id) WHERE status = 'in_progress';
CREATE INDEX motions_open ON motions (committee_id, id) WHERE outcome = 'open';
CREATE INDEX tools_to_review ON tools (review_by) WHERE status = 'approved';
CREATE INDEX incidents_grave ON incidents (id) WHERE severity IN ('high', 'critical') AND status <> 'closed';
