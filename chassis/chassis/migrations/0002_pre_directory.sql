-- The HRIS's own words, kept so that a late or corrected one can be folded in at its place.
CREATE TABLE hr_facts (
    event_source text NOT NULL, event_id text NOT NULL,
    employee_id text NOT NULL, kind text NOT NULL, effective_on date NOT NULL,
    sequence bigint NOT NULL, time timestamptz NOT NULL, data jsonb NOT NULL,
    PRIMARY KEY (event_source, event_id)
);
CREATE INDEX hr_facts_of ON hr_facts (employee_id);

CREATE TABLE departments (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE teams (id text PRIMARY KEY, name text NOT NULL, department_id text REFERENCES departments);

-- `told` is what this service's slices were last told of the person.
CREATE TABLE employees (id text PRIMARY KEY, name text NOT NULL, email text, told jsonb);
CREATE INDEX employees_name ON employees (lower(name) text_pattern_ops);

CREATE TABLE employments (
    employee_id text NOT NULL REFERENCES employees, from_date date NOT NULL, to_date date, ends_at timestamptz,
    PRIMARY KEY (employee_id, from_date), CHECK (to_date > from_date)
);
CREATE TABLE memberships (
    employee_id text NOT NULL REFERENCES employees, from_date date NOT NULL, to_date date,
    department_id text REFERENCES departments, team_id text REFERENCES teams, manager_id text,
    job_function text, level text, is_people_manager boolean NOT NULL DEFAULT false,
    PRIMARY KEY (employee_id, from_date), CHECK (to_date > from_date)
);
CREATE INDEX memberships_department ON memberships (department_id, from_date);
CREATE INDEX memberships_team ON memberships (team_id, from_date);
CREATE INDEX memberships_manager ON memberships (manager_id, from_date);
CREATE TABLE leaves (
    employee_id text NOT NULL REFERENCES employees, from_date date NOT NULL, to_date date,
    PRIMARY KEY (employee_id, from_date)
);
