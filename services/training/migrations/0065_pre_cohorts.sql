SET LOCAL lock_timeout = '5s';

-- Who has to be trained before a pilot starts. The id is the pilot's.
CREATE TABLE cohorts (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    employee_ids text[] NOT NULL,
    credential_types text[] NOT NULL,
    due_at timestamptz NOT NULL,
    ready boolean NOT NULL,
    trained int NOT NULL,
    required int NOT NULL,
    ended_at timestamptz,
    version bigint NOT NULL
);
CREATE INDEX cohorts_employees ON cohorts USING gin (employee_ids) WHERE ended_at IS NULL;
CREATE INDEX cohorts_credential_types ON cohorts USING gin (credential_types) WHERE ended_at IS NULL;

ALTER TABLE assignment_origins DROP CONSTRAINT assignment_origins_kind_check;
ALTER TABLE assignment_origins ADD CONSTRAINT assignment_origins_kind_check
    CHECK (kind IN ('universal', 'department_rule', 'tool_condition', 'committee', 'pilot')) NOT VALID;
