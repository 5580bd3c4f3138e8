-- Departments on their way into the operating model, and what readiness is computed from besides.
CREATE TABLE onboardings (
    id uuid PRIMARY KEY,
    department_id text NOT NULL UNIQUE,
    wave int NOT NULL CHECK (wave > 0),
    starts_on date NOT NULL,
    status text NOT NULL CHECK (status IN ('planned', 'live', 'stabilised', 'halted')),
    live_at timestamptz,
    stabilised_at timestamptz,
    halted_because text,
    version bigint NOT NULL,
    CHECK ((status = 'halted') = (halted_because IS NOT NULL)),
    CHECK ((status IN ('live', 'stabilised')) = (live_at IS NOT NULL)),
    CHECK ((status = 'stabilised') = (stabilised_at IS NOT NULL))
);
CREATE INDEX onboardings_by_wave ON onboardings (wave, department_id);
-- A withdrawal may be told before the requirement itself.
CREATE TABLE universal_requirements (
    requirement_id uuid PRIMARY KEY,
    credential_type text,
    withdrawn boolean NOT NULL
);
CREATE TABLE prioritised_processes (process_id uuid PRIMARY KEY, department_id text NOT NULL);
CREATE INDEX prioritised_processes_of ON prioritised_processes (department_id);
