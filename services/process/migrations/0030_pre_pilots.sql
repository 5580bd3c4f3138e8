SET LOCAL lock_timeout = '5s';

CREATE TABLE pilots (
    id uuid PRIMARY KEY,
    process_id uuid NOT NULL REFERENCES processes,
    department_id text NOT NULL,
    name text NOT NULL,
    plan jsonb NOT NULL,
    employee_ids text[] NOT NULL CHECK (cardinality(employee_ids) > 0),
    tool_ids uuid[] NOT NULL CHECK (cardinality(tool_ids) > 0),
    contact_id text NOT NULL,
    state text NOT NULL CHECK (
        state IN ('planned', 'gated', 'running', 'paused', 'measuring', 'decided', 'aborted')
    ),
    planned_by text NOT NULL,
    planned_at timestamptz NOT NULL,
    started_at timestamptz,
    -- Why it is paused, and by whom; nobody: by its go-live gate, which also lets it run again.
    pause_reason text,
    paused_by text,
    closed_at timestamptz,
    evidence_pack_id uuid,
    verdict text,
    outcome text CHECK (outcome IN ('scale', 'iterate', 'stop')),
    end_reason text,
    ended_by text,
    ended_at timestamptz,
    version bigint NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    CONSTRAINT pilots_paused CHECK ((state = 'paused') = (pause_reason IS NOT NULL)),
    CONSTRAINT pilots_decided CHECK ((state = 'decided') = (outcome IS NOT NULL)),
    CONSTRAINT pilots_scaled CHECK (outcome <> 'scale' OR evidence_pack_id IS NOT NULL),
    CONSTRAINT pilots_started CHECK (state NOT IN ('running', 'paused', 'measuring', 'decided') OR started_at IS NOT NULL)
);
CREATE UNIQUE INDEX pilots_one_open ON pilots (process_id) WHERE state NOT IN ('decided', 'aborted');
CREATE INDEX pilots_process ON pilots (process_id, id);
CREATE INDEX pilots_department ON pilots (department_id, id);
CREATE INDEX pilots_open_tools ON pilots USING gin (tool_ids) WHERE state NOT IN ('decided', 'aborted');
CREATE INDEX pilots_open_contact ON pilots (contact_id) WHERE state NOT IN ('decided', 'aborted');

-- What the go-live gate rests on, each fact with the event that told it. The latest told counts, in whatever order it is heard.
CREATE TABLE tool_permissions (
    tool_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('scope', 'standing')),
    told_at bigint NOT NULL,
    event_id text NOT NULL,
    scope jsonb,
    PRIMARY KEY (tool_id, kind),
    CHECK ((kind = 'scope') = (scope IS NOT NULL))
);
CREATE TABLE sop_effectiveness (
    sop_id uuid NOT NULL,
    number int NOT NULL,
    event_id text NOT NULL,
    PRIMARY KEY (sop_id, number)
);
CREATE TABLE cohort_readiness (
    pilot_id uuid PRIMARY KEY,
    told_at bigint NOT NULL,
    event_id text NOT NULL,
    ready boolean NOT NULL,
    trained int NOT NULL,
    required int NOT NULL
);
CREATE TABLE pilot_baselines (
    pilot_id uuid NOT NULL,
    metric text NOT NULL,
    baseline_id uuid NOT NULL,
    told_at bigint NOT NULL,
    event_id text NOT NULL,
    frozen boolean NOT NULL,
    n int NOT NULL,
    median double precision,
    PRIMARY KEY (pilot_id, metric)
);
