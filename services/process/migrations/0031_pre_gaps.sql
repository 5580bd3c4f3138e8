SET LOCAL lock_timeout = '5s';

CREATE TABLE gaps (
    id uuid PRIMARY KEY,
    pilot_id uuid NOT NULL REFERENCES pilots,
    process_id uuid NOT NULL REFERENCES processes,
    pillar text NOT NULL CHECK (pillar IN ('governance', 'training', 'process', 'metrics')),
    severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high')),
    description text NOT NULL,
    logged_by text NOT NULL,
    logged_at timestamptz NOT NULL,
    refinement jsonb,
    resolved_by text,
    resolved_at timestamptz,
    version bigint NOT NULL CHECK (version >= 1),
    CONSTRAINT gaps_resolved CHECK (num_nulls(refinement, resolved_by, resolved_at) IN (0, 3))
);
CREATE INDEX gaps_pilot ON gaps (pilot_id, id);
CREATE INDEX gaps_pillar ON gaps (pillar, id) WHERE resolved_at IS NULL;
