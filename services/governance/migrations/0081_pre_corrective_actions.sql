SET LOCAL lock_timeout = '5s';

-- What somebody changes because of an incident; those of process and training are tasks there, and are told when done.
CREATE TABLE corrective_actions (
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES incidents,
    pillar text NOT NULL CHECK (pillar IN ('process', 'training', 'governance')),
    description text NOT NULL,
    owner_id text NOT NULL,
    department_id text,
    due_on date NOT NULL,
    outcome text,
    completed_by text,
    completed_at timestamptz,
    version bigint NOT NULL,
    CHECK ((completed_at IS NULL) = (completed_by IS NULL))
);
CREATE INDEX corrective_actions_of ON corrective_actions (incident_id, id);
CREATE INDEX corrective_actions_open ON corrective_actions (owner_id, due_on, id) WHERE completed_at IS NULL;

ALTER TABLE incidents ADD COLUMN open_actions_because text;
COMMENT ON COLUMN incidents.open_actions_because IS 'Why it was closed although corrective actions were not done.';
