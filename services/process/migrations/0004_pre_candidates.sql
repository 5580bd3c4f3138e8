SET LOCAL lock_timeout = '5s';

CREATE TABLE assessments (
    id uuid PRIMARY KEY,
    process_id uuid NOT NULL REFERENCES processes,
    department_id text NOT NULL,
    measured jsonb NOT NULL,
    findings jsonb NOT NULL,
    assessor_id text NOT NULL,
    assessed_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('scored', 'not_eligible', 'accepted', 'parked')),
    reason text,
    -- Score times hours at stake, kept so that lists can be ordered by it.
    rank_value double precision NOT NULL CHECK (rank_value >= 0),
    version bigint NOT NULL CHECK (version >= 1),
    CONSTRAINT assessments_process UNIQUE (process_id)
);
CREATE INDEX assessments_rank ON assessments (rank_value DESC, id);
CREATE INDEX assessments_department_rank ON assessments (department_id, rank_value DESC, id);
