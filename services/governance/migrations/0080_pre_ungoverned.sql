SET LOCAL lock_timeout = '5s';

ALTER TABLE incidents DROP CONSTRAINT incidents_source_check;
ALTER TABLE incidents ADD CONSTRAINT incidents_source_check CHECK (source IN ('employee', 'itsm', 'metrics')) NOT VALID;

-- Use of a tool that nobody had allowed: one case for a tool and what is wrong, as long as it is open.
-- `subject` is the tool's id, or the name under which its use was stated.
CREATE TABLE ungoverned_cases (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('unknown_tool', 'not_approved', 'no_grant', 'suspended', 'restricted')),
    subject text NOT NULL,
    name text,
    tool_id uuid,
    status text NOT NULL CHECK (
        status IN ('detected', 'under_review', 'linked', 'intake', 'incident', 'dismissed', 'cleared')
    ),
    opened_at timestamptz NOT NULL,
    handled_by text,
    reason text,
    incident_id uuid REFERENCES incidents,
    settled_at timestamptz,
    version bigint NOT NULL,
    CHECK ((name IS NULL) <> (kind = 'unknown_tool')),
    CHECK ((settled_at IS NULL) = (status IN ('detected', 'under_review'))),
    CHECK ((status = 'incident') = (incident_id IS NOT NULL)),
    CHECK (status <> 'dismissed' OR reason IS NOT NULL)
);
CREATE UNIQUE INDEX ungoverned_cases_open ON ungoverned_cases (kind, subject)
    WHERE status IN ('detected', 'under_review');
CREATE INDEX ungoverned_cases_of ON ungoverned_cases (kind, subject, id);
CREATE INDEX ungoverned_cases_by_status ON ungoverned_cases (status, id);
CREATE INDEX ungoverned_cases_of_tool ON ungoverned_cases (tool_id, id);

-- What metrics told, each use once; taken out again when it was allowed after all.
CREATE TABLE ungoverned_alerts (
    detection_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES ungoverned_cases,
    department_id text,
    employee_id text,
    day date NOT NULL
);

-- How often and where, kept so that lists need not count.
CREATE TABLE ungoverned_spread (
    case_id uuid NOT NULL REFERENCES ungoverned_cases,
    department_id text NOT NULL,
    alerts int NOT NULL CHECK (alerts >= 0),
    people int NOT NULL CHECK (people >= 0),
    last_day date NOT NULL,
    PRIMARY KEY (case_id, department_id)
);
CREATE INDEX ungoverned_spread_of_department ON ungoverned_spread (department_id, case_id);
COMMENT ON COLUMN ungoverned_spread.people IS 'Of those who were named; in departments of fewer than five nobody is.';

CREATE TABLE ungoverned_people (
    case_id uuid NOT NULL REFERENCES ungoverned_cases,
    employee_id text NOT NULL,
    department_id text NOT NULL,
    alerts int NOT NULL CHECK (alerts >= 1),
    last_day date NOT NULL,
    PRIMARY KEY (case_id, employee_id, department_id)
);
