SET LOCAL lock_timeout = '5s';

-- What changes because of incidents, as governance asks it of this pillar.
CREATE TABLE corrective_tasks (
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL,
    description text NOT NULL,
    owner_id text NOT NULL,
    department_id text,
    due_on date NOT NULL,
    outcome text,
    completed_by text,
    completed_at timestamptz,
    version bigint NOT NULL,
    CHECK ((completed_at IS NULL) = (outcome IS NULL) AND (completed_at IS NULL) = (completed_by IS NULL))
);
CREATE INDEX corrective_tasks_of_owner ON corrective_tasks (owner_id, due_on, id);
CREATE INDEX corrective_tasks_of_department ON corrective_tasks (department_id, due_on, id);
CREATE INDEX corrective_tasks_due ON corrective_tasks (due_on, id);
